/** What is put into a kernel's memory, and what is told about what it leaves there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  scalarBytes,
  type BufferArgument,
  type CheckRequest,
  type Comparison,
  type Fill,
  type GlobalVariable,
  type KernelRun,
  type LaunchPlan,
  type RunResult,
  type ScalarType,
  type StructArgument,
} from '../../../protocol/src';
import { compareOnCpu } from '../../../server/src/runner/cpu';
import { fillPattern } from '../../../server/src/runner/scalars';
import { buffer, context, element, plan, ramp, random, runKernel, scalar, source, warmUp, zeros } from './support';

warmUp();

const scratch = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-answers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function ok(result: RunResult): KernelRun {
  if (result.status !== 'ok') throw new Error(JSON.stringify({ ...result, plan: undefined }, null, 2));
  return result;
}

function compared(comparison: Comparison | undefined): Extract<Comparison, { status: 'compared' }> {
  if (comparison?.status !== 'compared') throw new Error(JSON.stringify(comparison));
  return comparison;
}

const int = element('i32');

/** FNV-1a, which the kernel below computes as well. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

describe('fills', () => {
  const fills: readonly Fill[] = [
    { kind: 'constant', value: -2.7 },
    { kind: 'constant', value: 1.00390625 + 2 ** -40 },
    { kind: 'constant', value: NaN },
    { kind: 'constant', value: -1e300 },
    ramp,
    random,
    { kind: 'random', low: -1, high: 1 },
    { kind: 'random', low: 0.1, high: 100.7 },
    { kind: 'random', low: 1000.2, high: 1000.4 },
    { kind: 'random', low: -1e6, high: 1e12 },
  ];
  const scalars = Object.keys(scalarBytes) as ScalarType[];

  it('are the same bytes on both backends, for every type, fill and number of lanes', async () => {
    const planned = scalars.flatMap((type, number) =>
      fills.map((fill, index) => {
        const lanes = [1, 2, 4][(number + index) % 3] ?? 1;
        return buffer(`b${number}_${index}`, 1536 / lanes, { element: element(type, lanes), fill, access: 'read' });
      }),
    );
    // Larger than the period of random numbers, and than what the ramp counts exactly in a half.
    planned.push(
      buffer('large', 2 ** 20 + 777, { fill: random, access: 'read' }),
      buffer('ramps', 70_000, { element: element('f16'), fill: ramp, access: 'read' }),
    );
    const parameters = planned.map(({ name }) => `const unsigned char* ${name}`);
    const calls = planned.map(({ name, element: { bytes }, count }) => `  fnv(${name}, ${bytes * count});`);
    const text =
      '#include <cstdio>\n__device__ void fnv(const unsigned char* p, int n) { unsigned h = 0x811c9dc5u;\n' +
      '  for (int i = 0; i < n; i++) h = (h ^ p[i]) * 0x01000193u; printf("%u\\n", h); }\n' +
      `__global__ void k(${parameters.join(', ')}) {\n${calls.join('\n')}\n}`;
    const { output } = ok(await runKernel(source(text), plan('k', 1, 1, planned)));
    const expected = planned.map(({ element: { scalar: type, lanes }, count, fill }, seed) =>
      hashOf(fillPattern(type, fill, 0, count * lanes, seed)),
    );
    const hashes = output.trim().split('\n').map(Number);
    const different = planned.filter((_, index) => hashes[index] !== expected[index]);
    expect(different.map(({ element: { scalar: type }, fill }) => [type, fill])).toEqual([]);
    expect(hashes).toHaveLength(planned.length);
  });
});

describe('kinds of arguments', () => {
  const params = (value: Partial<StructArgument> = {}): StructArgument => ({
    kind: 'struct',
    name: 'p',
    type: 'Params',
    provenance: { kind: 'request' },
    bytes: 48,
    members: [
      { path: 'n', offset: 0, value: scalar('n', 64) },
      { path: 's', offset: 4, value: scalar('s', '2.5', 'f32') },
      { path: 'out', offset: 8, value: buffer('out', 64, { access: 'write' }) },
      { path: 'index', offset: 16, value: buffer('index', 64, { element: int, fill: ramp, access: 'read' }) },
      { path: 'w[1]', offset: 32, value: scalar('w[1]', '-0.5', 'f64') },
    ],
    ...value,
  });
  const structText = [
    '#include <cstdio>',
    'struct Params { int n; float s; float* out; const int* index; double w[3]; };',
    '__global__ void k(Params p) {',
    '  if (threadIdx.x < p.n) p.out[p.index[threadIdx.x]] = p.s;',
    '  if (threadIdx.x == 63) printf("%d %g %g %d %g %g %g\\n", p.n, p.s, p.out[63], p.index[63], p.w[0], p.w[1], p.w[2]);',
    '}',
  ].join('\n');

  it('a structure gets its members at their places, pointers to buffers among them', async () => {
    const { output, findings } = ok(await runKernel(source(structText), plan('k', 1, 64, [params()])));
    expect(output).toBe('64 2.5 2.5 63 0 -0.5 0\n');
    expect(findings).toEqual([]);
  });

  it('a structure’s buffer ends where the plan says', async () => {
    const result = await runKernel(
      source(structText),
      plan('k', 1, 64, [params({ members: params().members.slice(0, 3) })]),
    );
    expect(result).toMatchObject({ status: 'kernelFaulted' });
    const short = params().members.map((member) =>
      member.value.kind === 'buffer' ? { ...member, value: { ...member.value, count: 60 } } : member,
    );
    expect(await runKernel(source(structText), plan('k', 1, 64, [params({ members: short })]))).toMatchObject({
      status: 'kernelFaulted',
      message: expect.stringMatching(/p\.(index|out)\[60\], but p\.(index|out) has 60 elements/),
    });
  });

  it('a structure of another size than the compiler makes it is no plan', async () => {
    expect(await runKernel(source(structText), plan('k', 1, 64, [params({ bytes: 40 })]))).toMatchObject({
      status: 'planFailed',
      message: expect.stringMatching(/takes p to be 40 bytes, but the compiler makes it 48/),
    });
  });

  it('an array of pointers points to buffers that are all alike', async () => {
    const text =
      '__global__ void k(float** rows, const int* n) { for (int r = 0; r < 3; r++) rows[r][threadIdx.x] = r * 100 + n[threadIdx.x]; }\n' +
      'void ref(float** rows, const int* n) { for (int r = 0; r < 3; r++) for (int i = 0; i < 8; i++) rows[r][i] = r * 100 + i; }';
    const rows = {
      kind: 'pointers',
      name: 'rows',
      type: 'float **',
      provenance: { kind: 'request' },
      pointers: 3,
      element: element('f32'),
      count: 8,
      fill: zeros,
      access: 'write',
    } as const;
    const launch = plan('k', 1, 8, [rows, buffer('n', 8, { element: int, fill: ramp, access: 'read' })]);
    const check = { reference: 'ref', tolerance: 0 };
    const { comparison } = ok(await runKernel(source(text), { ...launch, check }));
    expect(compared(comparison)).toMatchObject({ passed: true, error: 0 });
    expect(compared(comparison).buffers.map(({ name }) => name)).toEqual(['rows[0]', 'rows[1]', 'rows[2]']);
    const wide = await runKernel(source(text), { ...plan('k', 1, 9, launch.arguments), check });
    expect(wide).toMatchObject({ status: 'kernelFaulted' });
  });

  it('variables on the device are filled before every launch', async () => {
    const text = [
      '#include <cstdio>',
      '__constant__ float coef[4];',
      'namespace ns { static __device__ int total; }',
      '__global__ void k() { if (threadIdx.x == 0) printf("%g %g %d\\n", coef[0], coef[3], ns::total);',
      '  atomicAdd(&ns::total, 1); if (ns::total > 40) coef[9] = 1; }',
    ].join('\n');
    const global = (name: string, space: 'constant' | 'device', from: BufferArgument): GlobalVariable => ({
      ...from,
      name,
      space,
    });
    const launch: LaunchPlan = {
      ...plan('k', 1, 4, []),
      globals: [
        global('coef', 'constant', buffer('coef', 4, { fill: ramp, access: 'read', type: 'float[4]' })),
        global(
          'ns::total',
          'device',
          buffer('total', 1, { element: int, fill: { kind: 'constant', value: 7 }, type: 'int' }),
        ),
      ],
    };
    expect(ok(await runKernel(source(text), launch)).output).toBe('0 3 7\n');
    const wrong = { ...launch, globals: launch.globals?.map((variable) => ({ ...variable, count: 5 })) ?? [] };
    expect(await runKernel(source(text), wrong)).toMatchObject({
      status: 'planFailed',
      message: expect.stringMatching(/takes coef to be 20 bytes, but the compiler makes it 16/),
    });
  });

  it('a cluster needs a GPU', async () => {
    const launch: LaunchPlan = { ...plan('k', 4, 32, []), cluster: [2, 1, 1] };
    expect(await runKernel(source('__global__ void k() {}'), launch)).toMatchObject({
      status: 'unsupported',
      message: expect.stringContaining('clusters are not available on the CPU'),
    });
  });
});

describe('findings', () => {
  it('an input that is changed, and values that are no numbers', async () => {
    const text =
      '__global__ void k(const float* a, float* b, int n) { int i = threadIdx.x; if (i == 5) const_cast<float*>(a)[i] = 9;\n' +
      '  b[i] = i == 3 ? 1 / (a[i] - a[i]) : i > 60 ? sqrtf(-a[i] - 1) : a[i]; }';
    const launch = plan('k', 1, 64, [
      buffer('a', 64, { fill: random, access: 'read' }),
      buffer('b', 64, { access: 'write' }),
      scalar('n', 64),
    ]);
    const { findings } = ok(await runKernel(source(text), launch));
    expect(findings).toEqual([
      expect.objectContaining({
        kind: 'inputChanged',
        buffer: 'a',
        index: 5,
        message: expect.stringContaining('a[5]'),
      }),
      expect.objectContaining({ kind: 'notFinite', buffer: 'b', nan: 3, infinite: 1 }),
    ]);
    expect(findings?.[1]?.message).toMatch(/^b holds 3 NaN and 1 infinite values \(of 64\).*the first is b\[3\]\./);
  });

  it('values that are no numbers are nothing new where they are given', async () => {
    const text = '__global__ void k(const float* a, float* b) { b[threadIdx.x] = a[threadIdx.x]; }';
    const nan = buffer('a', 8, { fill: { kind: 'constant', value: NaN }, access: 'read' });
    const { findings } = ok(await runKernel(source(text), plan('k', 1, 8, [nan, buffer('b', 8, { access: 'write' })])));
    expect(findings).toEqual([]);
  });
});

describe('a check against a reference function', () => {
  const text = [
    '#include <cuda_fp16.h>',
    '#include <cstdlib>',
    'namespace ns {',
    'template <class T> __global__ void twice(const T* a, T* b, int n, float bias) { int i = blockIdx.x * blockDim.x + threadIdx.x;',
    '  if (i < n) b[i] = (T)((float)a[i] * 2.0f + (i == 100 ? bias : 0.0f)); }',
    'template <class T> void twiceHost(const T* a, T* b, int n, float) { for (int i = 0; i < n; i++) b[i] = (T)(2.0f * (float)a[i]); }',
    '}',
    'void twiceHost(const float* a, float* b, size_t n, double) { for (size_t i = 0; i < n; i++) b[i] = a[i] + a[i]; }',
    'int broken(const float* a, float* b, int n, float) { b[n] = 1; return 0; }',
    'void endless(const float*, float* b, int, float) { volatile float* p = b; for (;;) *p = 1; }',
  ].join('\n');
  const run = (type: ScalarType, bias: number, check: CheckRequest, more = {}) => {
    const name = { f32: 'float', i32: 'int', f16: 'half' }[type as 'f32'];
    const args = [
      buffer('a', 300, { element: element(type), fill: { kind: 'random', low: -50, high: 50 }, access: 'read' }),
      buffer('b', 300, { element: element(type), access: 'write' }),
      scalar('n', 300),
      scalar('bias', bias, 'f32'),
    ];
    const launch = plan('ns::twice', 2, 256, args, { templateArguments: [name] });
    return runKernel(source(text), { ...launch, check }, more);
  };

  it('passes, whatever the type; the function is found as the kernel would find it', async () => {
    for (const type of ['f32', 'i32', 'f16'] as const) {
      const { comparison, findings } = ok(await run(type, 0, { reference: 'twiceHost', tolerance: 1e-5 }));
      expect(compared(comparison)).toMatchObject({ passed: true, reference: 'twiceHost', error: 0 });
      expect(compared(comparison).buffers).toMatchObject([{ name: 'b', scalars: 300, differing: 0 }]);
      expect(findings).toEqual([]);
    }
    expect(compared(ok(await run('f32', 0, { reference: '::twiceHost', tolerance: 0 })).comparison).passed).toBe(true);
  });

  it('fails at the element that is wrong, and within the tolerance tells how far it is off', async () => {
    const wrong = compared(ok(await run('f32', 1, { reference: 'twiceHost', tolerance: 1e-5 })).comparison);
    expect(wrong.passed).toBe(false);
    expect(wrong.buffers[0]).toMatchObject({
      differing: 1,
      first: { element: 'b[100]' },
      absolute: { element: 'b[100]' },
    });
    expect(wrong.buffers[0]?.absolute?.value).toBeCloseTo(1, 5);
    expect(wrong.message).toMatch(/^Differs from twiceHost at b\[100\]: got \S+, expected \S+ \(1 of 300 differ\)\.$/);
    const close = compared(ok(await run('f32', 1, { reference: 'twiceHost', tolerance: 1 })).comparison);
    expect(close).toMatchObject({ passed: true });
    expect(close.error).toBeGreaterThan(0.009);
    // Integers have to be equal.
    const integers = compared(ok(await run('i32', 1, { reference: 'twiceHost', tolerance: 10 })).comparison);
    expect(integers).toMatchObject({
      passed: false,
      buffers: [{ differing: 1, absolute: { element: 'b[100]', value: 1 } }],
    });
  });

  it('says what the function did where it fails, and keeps the time', async () => {
    const { comparison, time } = ok(await run('f32', 0, { reference: 'broken', tolerance: 0 }));
    expect(time.samples).toBeGreaterThan(0);
    expect(comparison).toMatchObject({
      status: 'notCompared',
      message: expect.stringMatching(/not checked: .*b\[300\], but b has 300/),
    });
    const slow = ok(await run('f32', 0, { reference: 'endless', tolerance: 0 }, { timeLimit: 3 }));
    expect(slow.comparison).toMatchObject({
      status: 'notCompared',
      message: expect.stringMatching(/endless did not end within 3 s/),
    });
    expect(await run('f32', 0, { reference: 'missing', tolerance: 0 })).toMatchObject({
      status: 'buildFailed',
      message: expect.stringContaining('missing'),
    });
    expect(ok(await run('f32', 0, { tolerance: 0 })).comparison).toMatchObject({
      status: 'notCompared',
      message: expect.stringContaining('nothing to compare it with'),
    });
  });
});

describe('results of another device', () => {
  const text =
    '__global__ void k(const float* a, float* b, int* c) { b[threadIdx.x] = a[threadIdx.x] * 3; c[threadIdx.x] = threadIdx.x; }';
  const launch = plan('k', 1, 32, [
    buffer('a', 32, { fill: ramp, access: 'read' }),
    buffer('b', 32, { element: element('f32', 4), access: 'write' }),
    buffer('c', 32, { element: int, access: 'unknown' }),
  ]);
  const compare = async (b: Float32Array, c: Int32Array, check: CheckRequest) => {
    const folder = mkdtempSync(path.join(scratch, 'results'));
    writeFileSync(path.join(folder, '1'), b);
    writeFileSync(path.join(folder, '2'), c);
    const from = source(text);
    return compareOnCpu({ source: from, plan: { ...launch, file: from.file }, compiler: '', folder, check }, context());
  };
  const expected = () => {
    const b = new Float32Array(128);
    for (let i = 0; i < 32; i++) b[i] = 3 * i;
    return b;
  };
  const numbers = Int32Array.from({ length: 32 }, (_, i) => i);

  it('are right, or differ at an element that is named, NaN and infinity included', async () => {
    expect(await compare(expected(), numbers, { tolerance: 0 })).toMatchObject({ status: 'compared', passed: true });
    const b = expected();
    b[17] = NaN;
    b[18] = Infinity;
    b[20] = 60.5;
    const wrong = compared(
      await compare(
        b,
        numbers.map((value) => (value > 29 ? 0 : value)),
        { tolerance: 0.1 },
      ),
    );
    expect(wrong.message).toBe(
      'Differs from the CPU at b[4].y: got NaN, expected 51 (2 of 128 differ). Differs from the CPU at c[30]: got 0, expected 30 (2 of 32 differ).',
    );
    expect(wrong.buffers).toMatchObject([
      { name: 'b', nanGot: 1, nanExpected: 0, differing: 2 },
      { name: 'c', differing: 2, absolute: { element: 'c[31]', value: 31 }, relative: { element: 'c[30]', value: 1 } },
    ]);
  });

  it('are told where the plan has no results to compare', async () => {
    const from = source('__global__ void k(const float* a) {}');
    const nothing = plan('k', 1, 1, [buffer('a', 4, { access: 'read' })]);
    const folder = mkdtempSync(path.join(scratch, 'nothing'));
    expect(
      await compareOnCpu({ source: from, plan: nothing, compiler: '', folder, check: { tolerance: 0 } }, context()),
    ).toMatchObject({ status: 'notCompared', message: expect.stringContaining('writes no buffer') });
  });
});
