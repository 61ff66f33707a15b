import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../protocol/src';
import { buildTargets, doctor } from '../../../server/src/handlers/doctor';
import { checkArchitectures, imagesOf, runsOn, type Target } from '../../../server/src/handlers/doctor/architecture';
import { checkPlatform, platformFacts, type PlatformFacts } from '../../../server/src/handlers/doctor/platform';
import { knownArchitectures, locateToolkit, parseArchitectures, ProjectDatabases } from '../../../server/src/toolchain';

/** `nvcc --list-gpu-arch` of three toolkits. */
const cuda11 = [35, 37, 50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90];
const cuda12 = [50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 101, 120];
const cuda13 = [75, 80, 86, 87, 88, 89, 90, 100, 110, 103, 120, 121];

const version = (major: number, minor: number) => ({ major, minor, full: `${major}.${minor}.0` });
const h100 = { name: 'H100', computeCapability: '9.0' };

function judge(
  computeCapability: string,
  known: readonly number[],
  major: number,
  minor: number,
  targets: Target[] = [],
) {
  return checkArchitectures({
    devices: [{ name: 'the GPU', computeCapability }],
    version: version(major, minor),
    known,
    targets,
  })[0];
}

describe('architecture of the GPU', () => {
  it('says when the toolkit is too new or too old, and which one fits', () => {
    expect(judge('7.0', cuda13, 13, 0)).toMatchObject({
      state: 'error',
      fix: expect.stringContaining('CUDA 12.9, the last'),
    });
    expect(judge('3.7', cuda12, 12, 8)).toMatchObject({
      state: 'error',
      fix: expect.stringContaining('CUDA 11.8, the last'),
    });
    expect(judge('10.0', cuda11, 11, 8)).toMatchObject({
      state: 'error',
      detail: 'CUDA 11.8 does not build for the GPU (sm_100)',
      fix: expect.stringContaining('CUDA 12.8 or later'),
    });
    expect(judge('12.1', cuda12, 12, 8)).toMatchObject({ fix: expect.stringContaining('CUDA 12.9 or later') });
    expect(judge('8.8', cuda12, 12, 8)).toMatchObject({ fix: expect.stringContaining('CUDA 13.0 or later') });
    expect(judge('9.0', cuda11, 11, 8)).toMatchObject({ state: 'ok' });
    // A toolkit that does not tell accuses nobody.
    expect(judge('9.0', [], 12, 0)).toMatchObject({ state: 'ok' });
  });

  it('foresees "no kernel image"', () => {
    const target = (...flags: string[]): Target => ({ flags, source: 'build/compile_commands.json' });
    const only80 = target('-gencode=arch=compute_80,code=sm_80');
    expect(judge('9.0', cuda13, 13, 0, [target('-arch=sm_90'), only80])).toMatchObject({
      state: 'warning',
      detail: 'build/compile_commands.json builds -gencode=arch=compute_80,code=sm_80, which does not run on the GPU',
      fix: expect.stringContaining('CMAKE_CUDA_ARCHITECTURES=90'),
    });
    expect(judge('8.6', cuda13, 13, 0, [only80])).toMatchObject({ state: 'ok' });
    expect(
      checkArchitectures({
        devices: [h100, { name: 'old', computeCapability: '7.5' }],
        version: version(13, 0),
        known: cuda13,
        targets: [target('-arch=sm_80')],
      }).map(({ state }) => state),
    ).toEqual(['ok', 'warning']);
  });

  it('knows which GPUs a build runs on', () => {
    const runs = (gpu: number, ...flags: string[]) => runsOn(imagesOf(flags), gpu);
    // Machine code: its major version, its minor one and up; PTX: everything newer.
    expect(runs(90, '-gencode=arch=compute_80,code=sm_80')).toBe(false);
    expect(runs(86, '-gencode=arch=compute_86,code=[sm_86]')).toBe(true);
    expect(runs(80, '-gencode=arch=compute_86,code=[sm_86]')).toBe(false);
    expect(runs(90, '--generate-code=arch=compute_80,code=[compute_80,sm_80]')).toBe(true);
    expect(runs(120, '-arch=sm_90')).toBe(true);
    expect(runs(80, '-arch=sm_90')).toBe(false);
    expect(runs(90, '-arch=compute_80', '-code=sm_80')).toBe(false);
    expect(runs(90, '-arch=compute_80', '-code=sm_80,compute_80')).toBe(true);
    // Suffix a is for one architecture, f for its family.
    expect(runs(100, '-arch=sm_90a')).toBe(false);
    expect(runs(90, '-arch=sm_90a')).toBe(true);
    expect(runs(103, '-arch=sm_100f')).toBe(true);
    expect(runs(120, '-arch=sm_100f')).toBe(false);
    for (const flags of [['-arch=native'], ['-arch=all-major'], ['-arch=all'], []])
      expect(runs(90, ...flags)).toBe(true);
  });

  it("reads nvcc's list", async (ctx) => {
    expect(parseArchitectures('compute_75\ncompute_80\ncompute_90\n')).toEqual([75, 80, 90]);
    const search = await locateToolkit({ setting: '', hostCompiler: '' });
    if (!search.found) return ctx.skip('nvcc is not installed');
    const known = await knownArchitectures(search.toolkit);
    expect(known).toContain(90);
    expect(known).not.toContain(20);
  });

  it('takes the setting, else the databases', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-doctor-'));
    try {
      const entry = { directory: folder, file: 'a.cu', command: 'nvcc -arch=sm_86 -c a.cu' };
      const database = path.join(folder, 'compile_commands.json');
      await writeFile(database, JSON.stringify([entry]));
      const targets = (cuda: object) =>
        buildTargets(parseSettings({ cuda }), [path.join(folder, 'a.cu')], new ProjectDatabases(), {
          folders: [folder],
          buildFolders: [],
        });
      expect(await targets({})).toEqual([{ flags: ['-arch=sm_86'], source: database }]);
      expect(await targets({ architecture: 'sm_75' })).toEqual([
        { flags: ['-arch=sm_75'], source: 'kernelLens.cuda.architecture' },
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const bare: PlatformFacts = {
  kernel: 'Linux version 6.8.0-48-generic (buildd@lcy02-amd64-010)',
  container: false,
  deviceFile: false,
  wslDriver: false,
  linuxDriver: false,
  driverParameters: undefined,
  processStatus: 'Name:\tnode\nCapEff:\t0000000000000000\n',
};
const wsl2 = { ...bare, kernel: 'Linux version 5.15.153.1-microsoft-standard-WSL2 (root@941d701f84f1)' };
const wsl1 = { ...bare, kernel: 'Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)' };
const restricted = {
  ...bare,
  driverParameters: 'ResmanDebugLevel: 4294967295\nRmProfilingAdminOnly: 1\nPreserveVideoMemoryAllocations: 0\n',
};

describe('platform', () => {
  it('says nothing of a plain Linux', () => {
    expect(checkPlatform(bare, false)).toEqual([]);
    expect(checkPlatform(bare, true)).toEqual([]);
  });

  it('tells the cases of WSL apart', () => {
    const fix = (facts: PlatformFacts, hasGpu = false) => checkPlatform(facts, hasGpu)[0]?.fix;
    expect(fix(wsl1)).toContain('--set-version');
    expect(fix(wsl2)).toContain('in Windows, not in WSL');
    expect(fix({ ...wsl2, wslDriver: true, linuxDriver: true })).toContain('Remove the Linux driver');
    expect(fix({ ...wsl2, wslDriver: true })).toContain('wsl --update');
    expect(checkPlatform({ ...wsl2, wslDriver: true }, true)).toEqual([{ name: 'WSL', state: 'ok', detail: 'WSL 2' }]);
  });

  it('tells how a container gets the GPU', () => {
    const container = { ...bare, container: true };
    expect(checkPlatform(container, false)).toMatchObject([
      { state: 'absent', fix: expect.stringContaining('--gpus all') },
    ]);
    expect(checkPlatform({ ...container, deviceFile: true }, false)).toMatchObject([
      { state: 'error', fix: expect.stringContaining('NVIDIA_DRIVER_CAPABILITIES') },
    ]);
    expect(checkPlatform(container, true)).toMatchObject([{ state: 'ok' }]);
  });

  it('tells who may profile', () => {
    expect(checkPlatform(restricted, true)).toMatchObject([
      { state: 'warning', fix: expect.stringContaining('NVreg_RestrictProfilingToAdminUsers=0') },
    ]);
    expect(checkPlatform({ ...restricted, container: true }, true)[1]?.fix).toContain('--cap-add=SYS_ADMIN');
    const root = { ...restricted, processStatus: 'CapEff:\t000001ffffffffff\n' };
    expect(checkPlatform(root, true)).toMatchObject([{ state: 'ok' }]);
    // A container's root lacks the capability.
    expect(checkPlatform({ ...root, processStatus: 'CapEff:\t00000000a80425fb\n' }, true)).toMatchObject([
      { state: 'warning' },
    ]);
    expect(checkPlatform({ ...bare, driverParameters: 'RmProfilingAdminOnly: 0\n' }, true)).toMatchObject([
      { state: 'ok' },
    ]);
  });

  it('is asked of this machine', async () => {
    const facts = await platformFacts();
    expect(facts.kernel === '').toBe(process.platform !== 'linux');
    const report = await doctor({
      settings: parseSettings({}),
      toolkit: { found: false, message: 'Install it.', tried: [] },
      cacheDirectory: os.tmpdir(),
      targets: [],
    });
    const names = report.checks.map(({ name }) => name);
    expect(names).toContain('CUDA Toolkit');
    expect(names.includes('Container')).toBe(facts.container);
  });
});
