/** Is the answer right? Guard zones, inputs, NaN and comparisons with the CPU, on a real GPU. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it, type TestContext } from 'node:test';
import {
  scalarBytes,
  type CheckRequest,
  type Comparison,
  type ElementType,
  type Fill,
  type GlobalVariable,
  type KernelRun,
  type LaunchPlan,
  type PlannedArgument,
  type RunResult,
  type ScalarType,
} from '../../protocol/src';
import { runKernel } from '../../server/src/runner';
import { disposeGpuRunner } from '../../server/src/runner/gpu';
import { fillPattern } from '../../server/src/runner/scalars';
import {
  bench,
  buffer,
  cacheDirectory,
  planOf,
  random,
  run,
  scalar,
  zeros,
  type Bench,
  type HandPlan,
} from './support';

let found: Bench | { readonly skip: string };

before(async () => {
  found = await bench();
});
after(() => disposeGpuRunner());

function onGpu(name: string, test: (bench: Bench) => Promise<void>): void {
  void it(name, async (context: TestContext) => {
    if ('skip' in found) context.skip(found.skip);
    else await test(found);
  });
}

function assertOk(result: RunResult): asserts result is KernelRun {
  assert.equal(result.status, 'ok', JSON.stringify({ ...result, plan: undefined }, null, 2));
}

function assertCompared(
  comparison: Comparison | undefined,
): asserts comparison is Extract<Comparison, { status: 'compared' }> {
  assert.equal(comparison?.status, 'compared', JSON.stringify(comparison));
}

const plan = (hand: Omit<HandPlan, 'file'>): LaunchPlan => planOf({ file: 'answers.cu', ...hand });
const element = (type: ScalarType, lanes = 1): ElementType => ({
  scalar: type,
  lanes,
  bytes: lanes * scalarBytes[type],
});
const ramp: Fill = { kind: 'ramp' };
const n = 2 ** 20;
const blocks = { grid: [n / 256, 1, 1], block: [256, 1, 1] } as const;
const input = buffer(n, { name: 'in', type: 'const float*', access: 'read' });
const output = buffer(n, { name: 'out', access: 'write', fill: zeros });
const size = scalar('i32', String(n));

/** As a user runs it: with the check on the CPU where the plan has one. */
async function checked({ toolkit }: Bench, launch: LaunchPlan, check: CheckRequest): Promise<KernelRun> {
  const source = { file: launch.file, text: readFileSync(launch.file, 'utf8'), flags: [] };
  const result = await runKernel(
    { source, plan: { ...launch, check }, device: 'gpu', toolkit, coldCache: true, compiler: '' },
    { signal: new AbortController().signal, cacheDirectory, timeLimit: 60 },
  );
  assertOk(result);
  return result;
}

void describe('what a kernel must not do', () => {
  onGpu('a write past the end or before the start is named by its element', async ({ toolkit }) => {
    for (const [offset, side, text] of [
      [
        3,
        'after',
        /past the end of out, which has 1,048,576 elements: out\[1048576 \+ 0\] is changed \(12 bytes in all\)/,
      ],
      [-2, 'before', /before the start of out: out\[-1\] is changed \(8 bytes in all\)/],
    ] as const) {
      const result = await run(
        toolkit,
        plan({ kernel: 'shifted', ...blocks, arguments: [input, output, size, scalar('i32', String(offset))] }),
      );
      assertOk(result);
      assert.equal(result.findings?.length, 1, JSON.stringify(result.findings));
      assert.match(result.findings[0]?.message ?? '', text);
      assert.ok(result.findings[0]?.kind === 'outOfBounds' && result.findings[0].side === side);
    }
  });

  onGpu('a kernel that keeps its promises has no findings', async ({ toolkit }) => {
    const result = await run(
      toolkit,
      plan({ kernel: 'shifted', ...blocks, arguments: [input, output, size, scalar('i32', '0')] }),
    );
    assertOk(result);
    assert.deepEqual(result.findings, []);
  });

  onGpu('a const input that is written is named with the element', async ({ toolkit }) => {
    const large = 2 ** 21;
    const result = await run(
      toolkit,
      plan({
        kernel: 'writesInput',
        grid: [large / 256, 1, 1],
        block: [256, 1, 1],
        arguments: [
          { ...input, count: large, constant: true },
          { ...output, count: large },
          scalar('i32', String(large)),
        ],
      }),
    );
    assertOk(result);
    assert.deepEqual(
      result.findings?.map(({ kind, message }) => [kind, message]),
      [['inputChanged', 'The kernel changed in, which is declared const: the first difference is at in[1234567].']],
    );
  });

  onGpu('NaN and infinity are counted, and reads past an end give NaN', async ({ toolkit }) => {
    const result = await run(toolkit, plan({ kernel: 'makesNan', ...blocks, arguments: [input, output, size] }));
    assertOk(result);
    const [finding] = result.findings ?? [];
    assert.ok(finding?.kind === 'notFinite', JSON.stringify(result.findings));
    assert.deepEqual([finding.nan, finding.infinite], [2, 1]);
    assert.match(finding.message, /the first is out\[7\]/);
    const past = await run(toolkit, plan({ kernel: 'readsPast', ...blocks, arguments: [input, output, size] }));
    assertOk(past);
    assert.match(past.findings?.[0]?.message ?? '', /^out holds 1 NaN .*the first is out\[1048575\]/);
  });
});

void describe('kinds of arguments', () => {
  onGpu('a structure with pointers, checked against the CPU', async (here) => {
    const count = 1000;
    const params: PlannedArgument = {
      kind: 'struct',
      name: 'p',
      type: 'Params',
      provenance: input.provenance,
      bytes: 40,
      members: [
        { path: 'n', offset: 0, value: { ...size, kind: 'scalar', scalar: 'i32', value: String(count) } },
        { path: 'scale', offset: 4, value: { ...size, kind: 'scalar', scalar: 'f32', value: '0.5' } },
        { path: 'out', offset: 8, value: { ...output, count } },
        { path: 'index', offset: 16, value: buffer(count, { element: element('i32'), fill: ramp, access: 'read' }) },
        { path: 'weights[1]', offset: 32, value: { ...size, kind: 'scalar', scalar: 'f64', value: '-3' } },
      ],
    };
    const launch = plan({ kernel: 'structured', grid: [4, 1, 1], block: [256, 1, 1], arguments: [params] });
    const { comparison, findings } = await checked(here, launch, { tolerance: 1e-6 });
    assertCompared(comparison);
    assert.ok(comparison.passed, comparison.message);
    assert.equal(comparison.buffers[0]?.name, 'p.out');
    assert.deepEqual(findings, []);
    const wrong = await run(here.toolkit, { ...launch, arguments: [{ ...params, bytes: 48 }] });
    assert.equal(wrong.status, 'planFailed');
    assert.match(wrong.message, /takes p to be 48 bytes, but the compiler makes it 40/);
  });

  onGpu('an array of pointers, checked against the CPU', async (here) => {
    const rows: PlannedArgument = {
      kind: 'pointers',
      name: 'rows',
      type: 'float**',
      provenance: input.provenance,
      pointers: 5,
      element: element('f32'),
      count: 777,
      fill: random,
      access: 'readwrite',
    };
    const { comparison, findings } = await checked(
      here,
      plan({
        kernel: 'rowsOf',
        grid: [4, 1, 1],
        block: [256, 1, 1],
        arguments: [rows, scalar('i32', '5'), scalar('i32', '777')],
      }),
      { tolerance: 0 },
    );
    assertCompared(comparison);
    assert.ok(comparison.passed && comparison.buffers.length === 5, comparison.message);
    assert.deepEqual(findings, []);
  });

  onGpu('variables on the device are filled before every launch', async ({ toolkit }) => {
    const global = (name: string, space: 'constant' | 'device', count: number, type: ScalarType, fill: Fill) =>
      ({ ...buffer(count, { name, element: element(type), fill, access: 'unknown' }), space }) satisfies GlobalVariable;
    const launch: LaunchPlan = {
      ...plan({ kernel: 'usesGlobals', block: [16, 1, 1], arguments: [{ ...output, count: 16 }] }),
      globals: [
        global('coefficients', 'constant', 16, 'f32', ramp),
        global('state::calls', 'device', 1, 'i32', { kind: 'constant', value: 7 }),
        global('hidden', 'constant', 3, 'i32', ramp),
      ],
    };
    const result = await run(toolkit, launch);
    assertOk(result);
    assert.equal(result.output, '7 15 2\n');
    const wrong = await run(toolkit, { ...launch, globals: [global('coefficients', 'constant', 8, 'f32', ramp)] });
    assert.equal(wrong.status, 'planFailed');
    assert.match(wrong.message, /takes coefficients to be 32 bytes, but the compiler makes it 64/);
  });

  onGpu('clusters, portable and not', async ({ toolkit }) => {
    for (const width of [4, 16]) {
      const launch: LaunchPlan = {
        ...plan({
          kernel: 'clustered',
          grid: [32, 1, 1],
          arguments: [buffer(32, { element: element('u32'), access: 'write', type: 'unsigned*' })],
        }),
        cluster: [width, 1, 1],
      };
      const result = await run(toolkit, launch);
      assertOk(result);
      assert.equal(result.output.split('\n')[0], String(width));
      const odd = await run(toolkit, { ...launch, grid: [33, 1, 1] });
      assert.equal(odd.status, 'planFailed');
      assert.match(odd.message, /33 × 1 × 1 blocks cannot be cut into clusters/);
    }
  });

  onGpu('more than 100 KB of shared memory, checked against the CPU', async (here) => {
    const launch = plan({
      kernel: 'hugeShared',
      block: [256, 1, 1],
      sharedBytes: 120_000,
      arguments: [{ ...output, count: 256 }],
    });
    const { comparison } = await checked(here, launch, { tolerance: 0 });
    assertCompared(comparison);
    assert.ok(comparison.passed, comparison.message);
  });

  onGpu('every fill of every type is on the GPU what it is by definition', async ({ toolkit }) => {
    const fills: readonly Fill[] = [
      { kind: 'constant', value: -2.7 },
      ramp,
      { kind: 'random', low: -1, high: 1 },
      { kind: 'random', low: 0, high: 100 },
    ];
    for (const type of Object.keys(scalarBytes) as ScalarType[]) {
      const count = 4096 / scalarBytes[type];
      const planned = fills.map((fill) => buffer(count, { element: element(type), fill, access: 'read' }));
      const result = await run(
        toolkit,
        plan({ kernel: 'hashOf', block: [1, 1, 1], arguments: [...planned, scalar('i32', '4096')] }),
      );
      assertOk(result);
      const expected = fills.map((fill, seed) => hash(fillPattern(type, fill, 0, count, seed)));
      assert.deepEqual(result.output.trim().split('\n').map(Number), expected, type);
    }
  });
});

/** FNV-1a, as the kernel computes it. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

void describe('a comparison with the CPU', () => {
  const axpy = (type: ScalarType, name: string, wrong: number) =>
    plan({
      kernel: 'axpy',
      templateArguments: [name],
      ...blocks,
      arguments: [
        buffer(n, { name: 'x', element: element(type), fill: { kind: 'random', low: -9, high: 9 }, access: 'read' }),
        buffer(n, { name: 'y', element: element(type), fill: { kind: 'random', low: 0, high: 4 } }),
        scalar(type, '2'),
        size,
        scalar('i32', String(wrong)),
      ],
    });
  const types = [
    ['f32', 'float', 1e-5],
    ['f64', 'double', 1e-12],
    ['i32', 'int', 0],
    ['f16', '__half', 1e-2],
  ] as const;
  for (const [type, name, tolerance] of types) {
    onGpu(`${name}: right is right, by the kernel and by a reference function`, async (here) => {
      for (const check of [{ tolerance }, { tolerance, reference: 'axpyReference' }]) {
        const { comparison, findings } = await checked(here, axpy(type, name, -1), check);
        assertCompared(comparison);
        assert.ok(comparison.passed && comparison.error <= tolerance, comparison.message);
        assert.deepEqual(findings, []);
      }
    });
  }

  onGpu('wrong is wrong at its element', async (here) => {
    for (const [type, name] of [types[0], types[2], types[3]]) {
      const { comparison, time } = await checked(here, axpy(type, name, 54321), {
        tolerance: 1e-2,
        reference: 'axpyReference',
      });
      assertCompared(comparison);
      assert.ok(!comparison.passed && time.samples > 0);
      assert.match(
        comparison.message,
        /^Differs from axpyReference at y\[54321\]: got 3, expected \S+ \(1 of 1,048,576 differ\)\.$/,
      );
    }
  });

  onGpu('sums in another order are within the tolerance, and the error is told', async (here) => {
    const launch = plan({
      kernel: 'sum',
      grid: [64, 1, 1],
      block: [256, 1, 1],
      arguments: [input, buffer(1, { name: 'total', fill: zeros }), size],
    });
    const { comparison } = await checked(here, launch, { tolerance: 1e-4 });
    assertCompared(comparison);
    assert.ok(comparison.passed, comparison.message);
    // Once in a while both orders round to the same number.
    const said = comparison.error > 0 ? /^Agrees with the CPU: the largest error is / : /^Equal to the CPU/;
    assert.match(comparison.message, said);
  });
});
