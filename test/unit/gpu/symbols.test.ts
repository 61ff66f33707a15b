/** Names of kernels: read from mangled symbols, and found in cubins that nvcc builds here. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { PlannedArgument, ScalarType } from '../../../protocol/src';
import { runProcess } from '../../../server/src/process';
import { demangle } from '../../../server/src/runner/gpu/demangle';
import { cubinFunctions } from '../../../server/src/runner/gpu/elf';
import { instantiationOf } from '../../../server/src/runner/gpu/instantiate';
import { symbolOf } from '../../../server/src/runner/gpu/child/globals';
import { matchSymbol } from '../../../server/src/runner/gpu/match';
import { toolkitOrSkip } from './support';

describe('demangle', () => {
  it.each([
    ['ec', { path: ['ec'] }],
    ['_Z2ovPf', { path: ['ov'], parameters: ['float*'] }],
    ['_Z4voidv', { path: ['void'], parameters: [] }],
    [
      '_ZN2ns1kIfLi16EEEvPT_i',
      { path: ['ns', 'k'], templateArguments: ['float', '16'], parameters: ['float*', 'int'] },
    ],
    ['_Z3oneIdEvPKT_S0_', { path: ['one'], templateArguments: ['double'], parameters: ['double*', 'double'] }],
    ['_ZN30_GLOBAL__N__272df77d_4_t_cu_ec2anEPfi', { path: ['', 'an'], parameters: ['float*', 'int'] }],
    ['_Z1fPK6float4PS_', { path: ['f'], parameters: ['float4*', 'float4*'] }],
    ['_Z1gILb1ELin3EEvv', { path: ['g'], templateArguments: ['1', '-3'], parameters: [] }],
    ['_ZN1a1b1cEN1a1sES1_', undefined],
    ['_Z1hP6__halfP13__nv_bfloat16m', { path: ['h'], parameters: ['__half*', '__nv_bfloat16*', 'unsigned long'] }],
  ])('%s', (symbol, expected) => {
    if (expected === undefined) expect(() => demangle(symbol)).not.toThrow();
    else expect(demangle(symbol)).toEqual(expected);
  });

  it('never throws on what is no symbol', () => {
    for (const text of ['_Z', '_ZN', '_Z9999x', '_Z1kIL', '_Z1kS_', '_ZN2nsI', '_Z1kP'])
      expect(() => demangle(text)).not.toThrow();
  });
});

const source = `
template <typename T, int B> __global__ void tile(T* a, int n) { if (threadIdx.x < n) a[threadIdx.x] = B; }
namespace ns {
template <typename T, int B> __global__ void tile(T* a, int n) { if (threadIdx.x < n) a[threadIdx.x] = B + 1; }
__global__ void tiles(float* a) { a[0] = 1; }
}
static __global__ void local(float* a) { a[0] = 2; }
namespace { template <typename T> __global__ void hidden(T* a) { a[0] = 3; } }
extern "C" __global__ void plain(float* a) { a[0] = 4; }
__global__ void over(float* a) { a[0] = 5; }
__global__ void over(int* a) { a[0] = 6; }
__global__ void over(float* a, int n) { a[n] = 7; }
template __global__ void tile<float, 32>(float*, int);
template __global__ void tile<int, 16>(int*, int);
__device__ __noinline__ float helper(float x) { return x * 2; }
`;

const buffer = (scalar: ScalarType): PlannedArgument => ({
  kind: 'buffer',
  name: 'a',
  type: '?',
  provenance: { kind: 'request' },
  element: { scalar, lanes: 1, bytes: 4 },
  count: 1,
  fill: { kind: 'constant', value: 0 },
  access: 'write',
});
const integer: PlannedArgument = {
  kind: 'scalar',
  name: 'n',
  type: 'int',
  provenance: { kind: 'request' },
  scalar: 'i32',
  value: '1',
};

describe('a cubin of nvcc', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-cubin-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds each planned kernel under the symbol that is found for it', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const wanted = [
      { kernel: 'tile', templateArguments: ['float', '32'], arguments: [buffer('f32'), integer] },
      { kernel: 'tile', templateArguments: ['int', '16'], arguments: [buffer('i32'), integer] },
      { kernel: 'tile', templateArguments: ['float', '16'], arguments: [buffer('f32'), integer] },
      { kernel: 'ns::tile', templateArguments: ['double', '8'], arguments: [buffer('f64'), integer] },
      { kernel: 'ns::tiles', templateArguments: [], arguments: [buffer('f32')] },
      { kernel: 'local', templateArguments: [], arguments: [buffer('f32')] },
      { kernel: 'hidden', templateArguments: ['unsigned int'], arguments: [buffer('u32')] },
      { kernel: 'plain', templateArguments: [], arguments: [buffer('f32')] },
      { kernel: 'over', templateArguments: [], arguments: [buffer('f32')] },
      { kernel: 'over', templateArguments: [], arguments: [buffer('i32')] },
      { kernel: 'over', templateArguments: [], arguments: [buffer('f32'), integer] },
    ];
    const instantiations = wanted.map((plan, index) =>
      (instantiationOf(plan) ?? '').replace('kernel_lens_instantiation', `instantiation_${index}`),
    );
    writeFileSync(path.join(folder, 'k.cu'), source + instantiations.join('\n'));
    const built = await runProcess(toolkit.nvcc, ['-arch=sm_90', '-cubin', '-o', 'k.cubin', 'k.cu'], {
      cwd: folder,
      timeLimitMs: 120_000,
    });
    expect(built, JSON.stringify(built)).toMatchObject({ status: 'exited', code: 0 });
    const functions = cubinFunctions(readFileSync(path.join(folder, 'k.cubin')));
    const entries = functions.filter(({ entry }) => entry).map(({ name }) => name);
    expect(entries).toHaveLength(wanted.length);
    expect(entries.some((name) => name.includes('helper'))).toBe(false);

    const symbols = wanted.map((plan) => matchSymbol(plan, entries).symbol);
    expect(symbols.map((symbol) => symbol?.replace(/_GLOBAL__N__\w+?_cu_[0-9a-f]+/, '_GLOBAL__N_'))).toEqual([
      '_Z4tileIfLi32EEvPT_i',
      '_Z4tileIiLi16EEvPT_i',
      '_Z4tileIfLi16EEvPT_i',
      '_ZN2ns4tileIdLi8EEEvPT_i',
      '_ZN2ns5tilesEPf',
      '_Z5localPf',
      expect.stringMatching(/hidden/) as string,
      'plain',
      '_Z4overPf',
      '_Z4overPi',
      '_Z4overPfi',
    ]);
    expect(matchSymbol({ kernel: 'absent', templateArguments: [], arguments: [] }, entries).symbol).toBeUndefined();
  });

  it('a damaged file has no functions', () => {
    expect(cubinFunctions(new Uint8Array(0))).toEqual([]);
    expect(
      cubinFunctions(Buffer.from('not an ELF file at all, but long enough to hold a header of sixty-four bytes')),
    ).toEqual([]);
    const half = Buffer.alloc(200);
    half.write('\x7fELF\x02', 0, 'latin1');
    half.writeUInt16LE(64, 58);
    half.writeUInt16LE(50, 60);
    expect(cubinFunctions(half)).toEqual([]);
  });
});

describe('variables of a cubin', () => {
  const symbols = [
    'coef',
    '_ZN2ns5totalE',
    '_ZN32_INTERNAL_37bd278f_4_g_cu__Z1kPf34_GLOBAL__N__37bd278f_4_g_cu__Z1kPf2anE',
    '_ZN5other5totalE',
  ];

  it.each([
    ['coef', 'coef'],
    ['::coef', 'coef'],
    ['ns::total', '_ZN2ns5totalE'],
    ['an', symbols[2]],
    ['total', undefined],
    ['missing', undefined],
  ])('%s', (name, symbol) => {
    expect(symbolOf(name.replace(/^::/, ''), symbols)).toBe(symbol);
  });
});
