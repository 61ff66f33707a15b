import { expect, test } from 'vitest';
import type { KernelRun, LaunchPlan, ProgramRun, RunFailure } from '../../../protocol/src';
import { doctorPage } from '../../../client/src/text/doctor-page';
import { page } from '../../../client/src/text/html';
import { planPage } from '../../../client/src/text/plan-page';
import { programSummary } from '../../../client/src/text/program-summary';
import { english } from './localizer';

const plan: LaunchPlan = {
  kernel: 'ns::add',
  templateArguments: ['float', 'N | 1'],
  file: '/a.cu',
  line: 3,
  grid: [4, 2, 1],
  block: [256, 1, 1],
  sharedBytes: 1024,
  provenance: {
    grid: { kind: 'launchSite', line: 12 },
    block: { kind: 'launchSite', line: 12 },
    sharedBytes: { kind: 'default', why: 'the launch names none' },
    templateArguments: { kind: 'directive', line: 2 },
  },
  arguments: [
    {
      kind: 'buffer',
      name: 'A',
      type: 'const float*',
      element: { scalar: 'f32', lanes: 1, bytes: 4 },
      count: 2048,
      fill: { kind: 'random', low: -1, high: 1 },
      access: 'read',
      provenance: { kind: 'allocation', line: 9 },
    },
    { kind: 'scalar', name: 'n', type: 'int', scalar: 'i32', value: '2048', provenance: { kind: 'request' } },
  ],
};

const run: KernelRun = {
  status: 'ok',
  plan,
  device: {
    kind: 'gpu',
    name: 'NVIDIA H100 80GB HBM3',
    index: 0,
    computeCapability: '9.0',
    driverVersion: '13.0',
    multiprocessors: 132,
    memory: 85e9,
  },
  time: {
    unit: 'us',
    median: 297,
    min: 295,
    max: 310,
    mean: 298,
    stdev: 1.5,
    samples: 50,
    relativeError: 0.004,
    coldCache: true,
  },
  samples: [297, 295, 310],
  throughput: { bytes: 805306368, bytesPerSecond: 2.71e12, ofPeak: 0.81 },
  resources: { registersPerThread: 16, staticSharedBytes: 0, localBytesPerThread: 0, constantBytes: 32 },
  occupancy: {
    blocksPerMultiprocessor: 8,
    warpsPerMultiprocessor: 64,
    maxWarpsPerMultiprocessor: 64,
    ratio: 1,
    limiter: 'warps',
  },
  output: 'a </pre> b\n',
  notes: ['Compare <medians>.'],
  buildTime: 700,
};

/** The tables' rows as text, cells apart by bars; a link shows its line. */
const rowsOf = (html: string) =>
  [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map((row) =>
    [...row[1]!.matchAll(/<t[dh]>(.*?)<\/t[dh]>/gs)].map((cell) => text(cell[1]!)).join(' | '),
  );
const text = (html: string) =>
  html
    .replace(/<a href="#" data-line="(\d+)">(.*?)<\/a>/g, '$2→$1')
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)));

test('the plan says where each value comes from, with links to the lines', () => {
  const page = planPage({ kernel: 'ns::add', answer: { plan } }, english);
  expect(rowsOf(page)).toEqual([
    ' | Value | Origin',
    'Grid | 4 × 2 blocks | launch at line 12→12',
    'Block | 256 threads | launch at line 12→12',
    'Dynamic shared memory | 1.00 KiB | default: the launch names none',
    'Template arguments | float, N | 1 | comment at line 2→2',
    'Argument | Value | Origin',
    'A const float* | 2,048 elements (8.00 KiB) · filled with random values in [-1, 1) · read | allocation at line 9→9',
    'n int | 2048 | set for this run',
  ]);
  expect(text(page)).toContain('Defined at line 3→3. One launch starts 2,048 threads.');
  expect(text(page)).toContain('has not been run');
});

test('a result is told with its statistics, resources and what was printed', () => {
  const last = { result: run, at: new Date(0) };
  const page = planPage({ kernel: 'ns::add', answer: { plan }, last }, english);
  const rows = rowsOf(page);
  expect(rows).toContain('Median | 297 µs ±0.4 %');
  expect(rows).toContain('Standard deviation | 1.50 µs');
  expect(rows).toContain('Samples | 50');
  expect(rows).toContain('Throughput | 2.71 TB/s · 81 % of peak · 768 MiB moved');
  expect(rows).toContain('Registers per thread | 16');
  expect(rows).toContain('Occupancy | 100 % · 64 of 64 warps per SM, 8 blocks');
  expect(rows).toContain('Build time | 700 ms');
  expect(text(page)).toContain('Compare <medians>.');
  expect(text(page)).toContain('a </pre> b');
});

test('a wrong answer stands before the time, with a row for each buffer', () => {
  const result: KernelRun = {
    ...run,
    findings: [{ kind: 'notFinite', buffer: 'C', nan: 2, infinite: 0, message: 'C holds 2 NaN.' }],
    comparison: {
      status: 'compared',
      tolerance: 1e-5,
      passed: false,
      error: 0.5,
      message: 'Differs from the CPU at C[7]: got NaN, expected 1.',
      buffers: [
        {
          name: 'C',
          scalars: 4096,
          differing: 2,
          error: 0.5,
          absolute: { element: 'C[9]', value: 0.25 },
          first: { element: 'C[7]', got: 'NaN', expected: '1' },
          nanGot: 2,
          nanExpected: 0,
        },
      ],
    },
  };
  const page = planPage({ kernel: 'add', answer: { plan }, last: { result, at: new Date(0) } }, english);
  expect(rowsOf(page)).toContain('C | 2 of 4,096 · NaN: 2 got, 0 expected | 0.500 | 0.250 · C[9] | 0');
  expect(text(page)).toMatch(/⚠ C holds 2 NaN\.\n✗ Differs from the CPU at C\[7\][^]*Median/);
});

test('structures, pointer arrays and variables are told with their contents', () => {
  const from = { kind: 'default', why: 'test' } as const;
  const floats = { scalar: 'f32', lanes: 1, bytes: 4 } as const;
  const contents = { element: floats, count: 16, access: 'write', provenance: from } as const;
  const zeros = { kind: 'constant', value: 0 } as const;
  const rich: LaunchPlan = {
    ...plan,
    arguments: [
      {
        kind: 'struct',
        name: 'p',
        type: 'Params',
        bytes: 24,
        provenance: from,
        members: [
          {
            path: 'n',
            offset: 0,
            value: { kind: 'scalar', name: 'n', type: 'int', scalar: 'i32', value: '7', provenance: from },
          },
          ...[0, 1].map((index) => ({
            path: `w[${index}]`,
            offset: 16 + 4 * index,
            value: {
              kind: 'scalar' as const,
              name: `w[${index}]`,
              type: 'float',
              scalar: 'f32' as const,
              value: '1',
              provenance: from,
            },
          })),
          {
            path: 'out',
            offset: 8,
            value: {
              kind: 'buffer',
              name: 'out',
              type: 'float*',
              fill: zeros,
              fillProvenance: { kind: 'directive', line: 4 },
              ...contents,
            },
          },
        ],
        zero: [{ path: 'rows', why: 'it leads to pointers' }],
      },
      {
        kind: 'pointers',
        name: 'rows',
        type: 'float**',
        pointers: 3,
        fill: { kind: 'constant', value: 2.5 },
        ...contents,
      },
    ],
    values: [{ name: 'N', value: 16, provenance: { kind: 'request' } }],
    globals: [
      {
        kind: 'buffer',
        name: 'coef',
        type: 'float[16]',
        fill: { kind: 'ramp' },
        ...contents,
        access: 'read',
        space: 'constant',
      },
    ],
  };
  const rows = rowsOf(planPage({ kernel: 'add', answer: { plan: rich } }, english));
  expect(rows).toEqual(
    expect.arrayContaining([
      'p Params | 24 B · zero where no member has a value | default: test',
      'p.n int | 7 | default: test',
      'p.w[0..1] float | 1 | default: test',
      'p.out float* | 16 elements (64 B) · filled with zeros · written | default: testcontents: comment at line 4→4',
      'p.rows  | all bytes zero | it leads to pointers',
      'N | 16 | set for this run',
    ]),
  );
  expect(rows).toContain(
    'rows float** | 3 pointers to 16 elements each (192 B) · filled with 2.5 · written | default: test',
  );
  expect(rows).toContain(
    'coef __constant__ float[16] | 16 elements (64 B) · filled with 0, 1, 2, … · read | default: test',
  );
});

test('a fault is told with block, thread and line', () => {
  const result: RunFailure = {
    status: 'kernelFaulted',
    fault: 'outOfBounds',
    message: 'A[1024] is out of bounds.',
    location: { file: '/a.cu', line: 5 },
    block: [4, 0, 0],
    thread: [0, 0, 0],
  };
  const page = text(
    planPage({ kernel: 'add', answer: { message: 'No launch.' }, last: { result, at: new Date(0) } }, english),
  );
  expect(page).toContain('No launch.');
  expect(page).toContain('A[1024] is out of bounds.');
  expect(page).toContain('line 5→5 · block (4, 0, 0) · thread (0, 0, 0)');
});

test('nothing from a source or a program becomes HTML', () => {
  const evil = '<img src=x onerror="alert(1)">';
  const hostile: LaunchPlan = {
    ...plan,
    kernel: evil,
    templateArguments: [evil],
    provenance: { ...plan.provenance, grid: { kind: 'default', why: evil } },
    arguments: [{ kind: 'opaque', name: evil, type: evil, provenance: { kind: 'default', why: evil } }],
  };
  const result: KernelRun = { ...run, output: evil, notes: [evil], device: { ...run.device, name: evil } };
  const html = planPage({ kernel: evil, answer: { plan: hostile }, last: { result, at: new Date(0) } }, english);
  expect(html).not.toContain('<img');
  expect(html.split('&#60;img').length - 1).toBe(9);
  const report = { checks: [{ name: evil, state: 'error' as const, detail: evil, fix: evil }] };
  expect(doctorPage(report, english)).not.toContain('<img');
  const framed = page({ language: 'en', title: evil, body: '', nonce: 'abc' });
  expect(framed).not.toContain('<img');
  expect(framed).toContain("script-src 'nonce-abc'");
});

test('the kernels of a program stand in columns, the longest first', () => {
  const program: ProgramRun = {
    status: 'ok',
    device: run.device,
    exitCode: 0,
    output: '',
    wallTime: 412,
    buildTime: 3200,
    kernels: [
      { name: 'short', launches: 1, total: 5, grid: [1, 1, 1], block: [32, 1, 1] },
      { name: 'long', launches: 10, total: 2970, grid: [4, 4, 1], block: [16, 16, 1] },
    ],
    notes: ['A note.'],
  };
  expect(programSummary(program, english).split('\n')).toEqual([
    'Exit code 0 · 412 ms · NVIDIA H100 80GB HBM3',
    '',
    'Kernel  Launches    Total  Average   Grid    Block',
    'long          10  2.97 ms   297 µs  4 × 4  16 × 16',
    'short          1  5.00 µs  5.00 µs      1       32',
    '',
    'A note.',
  ]);
});

test('the environment report lists what to do apart', () => {
  const page = doctorPage(
    {
      checks: [
        { name: 'CUDA Toolkit', state: 'ok', detail: '13.0 in /usr/local/cuda' },
        { name: 'GPU', state: 'absent', detail: 'no driver', fix: 'Install the driver.' },
      ],
    },
    english,
  );
  expect(rowsOf(page)).toEqual(['✓ | CUDA Toolkit | 13.0 in /usr/local/cuda', '– | GPU | no driver']);
  expect(page).toContain('<li><b>GPU</b>: Install the driver.</li>');
  expect(page).not.toContain('<b>CUDA Toolkit</b>');
});
