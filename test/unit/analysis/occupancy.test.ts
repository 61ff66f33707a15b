import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { computeCapabilityOf, multiprocessorOf, type Multiprocessor } from '../../../server/src/analysis/model/devices';
import { occupancyOf, registersOfBlock, registersWithoutLoss } from '../../../server/src/analysis/model/occupancy';
import { locateToolkit } from '../../../server/src/toolchain';

const capabilities = [50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 103, 110, 120, 121];
const hopper = multiprocessorOf(90)!;

describe('occupancyOf', () => {
  it('names what bounds it', () => {
    const use = { threads: 256, registersPerThread: 32, shared: 0 };
    expect(occupancyOf(hopper, use)).toEqual({ blocks: 8, warps: 64, maxWarps: 64, ratio: 1, limiter: 'warps' });
    expect(occupancyOf(hopper, { ...use, registersPerThread: 64 })).toMatchObject({ blocks: 4, limiter: 'registers' });
    expect(occupancyOf(hopper, { ...use, shared: 40_000 })).toMatchObject({ blocks: 5, limiter: 'sharedMemory' });
    expect(occupancyOf(hopper, { ...use, threads: 32 })).toMatchObject({ blocks: 32, ratio: 0.5, limiter: 'blocks' });
  });

  it('gives no blocks to what cannot be launched', () => {
    const use = { threads: 1024, registersPerThread: 72, shared: 0 };
    expect(registersOfBlock(hopper, 72, 1024)).toBe(73_728);
    expect(occupancyOf(hopper, use)).toMatchObject({ blocks: 0, limiter: 'registers' });
    expect(occupancyOf(hopper, { ...use, threads: 2048 })).toMatchObject({ blocks: 0, limiter: 'warps' });
    const much = { threads: 32, registersPerThread: 16, shared: 228 * 1024 };
    expect(occupancyOf(hopper, much)).toMatchObject({ blocks: 0, limiter: 'sharedMemory' });
  });

  it('tells how many registers cost nothing', () => {
    expect(registersWithoutLoss(hopper, { threads: 256, shared: 0 })).toBe(32);
    expect(registersWithoutLoss(hopper, { threads: 2048, shared: 0 })).toBeUndefined();
  });

  it('reads architectures as nvcc writes them', () => {
    expect(['sm_90', 'sm_90a', 'compute_121', 'native', undefined].map(computeCapabilityOf)).toEqual([
      90,
      90,
      121,
      undefined,
      undefined,
    ]);
    expect(multiprocessorOf(99)).toBeUndefined();
  });

  it("agrees with NVIDIA's own calculator", { timeout: 120_000 }, async (ctx) => {
    const search = await locateToolkit({ setting: '', hostCompiler: '' });
    if (!search.found) return ctx.skip(search.message);
    const include = path.join(search.toolkit.root, 'include');
    const header = path.join(include, 'cuda_occupancy.h');
    if (
      !(await access(header).then(
        () => true,
        () => false,
      ))
    )
      return ctx.skip(`${header} is not there`);
    const uses = [1, 32, 33, 96, 128, 192, 256, 320, 512, 640, 768, 1024, 1025].flatMap((threads) =>
      [1, 16, 31, 32, 33, 40, 48, 63, 64, 65, 72, 96, 128, 129, 168, 255].flatMap((registersPerThread) =>
        [0, 1, 1024, 3000, 8192, 16_000, 33_000, 49_152, 65_536, 98_304, 101_376, 166_912, 232_448, 233_472].map(
          (shared) => ({ threads, registersPerThread, shared }),
        ),
      ),
    );
    const expected = await blocksOfNvidia(include, uses);
    const differing = capabilities.flatMap((capability, row) =>
      uses.flatMap((use, column) => {
        const { blocks } = occupancyOf(multiprocessorOf(capability)!, use);
        const wanted = expected[row * uses.length + column];
        return blocks === wanted ? [] : [{ capability, ...use, blocks, wanted }];
      }),
    );
    expect(expected.length).toBe(capabilities.length * uses.length);
    expect(differing).toEqual([]);
  });
});

type Use = Parameters<typeof occupancyOf>[1];

/** Blocks a multiprocessor for every capability and use, from `cuda_occupancy.h` compiled as it is. */
async function blocksOfNvidia(include: string, uses: readonly Use[]): Promise<number[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-occupancy-'));
  try {
    const source = path.join(folder, 'blocks.cpp');
    await writeFile(source, program(uses));
    await promisify(execFile)('g++', ['-O0', '-w', '-isystem', include, '-o', path.join(folder, 'blocks'), source]);
    const { stdout } = await promisify(execFile)(path.join(folder, 'blocks'), { maxBuffer: 1 << 24 });
    return stdout.trim().split('\n').map(Number);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function program(uses: readonly Use[]): string {
  const device = (capability: number, m: Multiprocessor): string => {
    const block = Math.min(m.sharedPerBlock, 48 * 1024);
    const [major, minor] = [Math.floor(capability / 10), capability % 10];
    return `{${[major, minor, m.threads, m.registersPerBlock, m.registers, block, m.shared, m.sharedPerBlock, m.reservedShared].join()}}`;
  };
  return `#include <climits>
#include <cstdio>
#include <cuda_occupancy.h>
struct Device { int major, minor, threads, perBlock, registers, block, shared, optin, reserved; };
const Device devices[] = {${capabilities.map((c) => device(c, multiprocessorOf(c)!)).join()}};
const int uses[][3] = {${uses.map((u) => `{${u.threads},${u.registersPerThread},${u.shared}}`).join()}};
int main() {
  for (const Device& d : devices) for (const auto& use : uses) {
    cudaOccDeviceProp p;
    p.computeMajor = d.major, p.computeMinor = d.minor, p.maxThreadsPerBlock = 1024;
    p.maxThreadsPerMultiprocessor = d.threads, p.regsPerBlock = d.perBlock, p.regsPerMultiprocessor = d.registers;
    p.warpSize = 32, p.sharedMemPerBlock = d.block, p.sharedMemPerMultiprocessor = d.shared, p.numSms = 1;
    p.sharedMemPerBlockOptin = d.optin, p.reservedSharedMemPerBlock = d.reserved;
    cudaOccFuncAttributes a;
    a.maxThreadsPerBlock = INT_MAX, a.numRegs = use[1], a.sharedSizeBytes = 0, a.numBlockBarriers = 1;
    a.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN, a.maxDynamicSharedSizeBytes = use[2];
    cudaOccDeviceState s;
    cudaOccResult r;
    const int error = cudaOccMaxActiveBlocksPerMultiprocessor(&r, &p, &a, &s, use[0], use[2]);
    printf("%d\\n", error == CUDA_OCC_SUCCESS ? r.activeBlocksPerMultiprocessor : -error);
  }
}
`;
}
