/** The environment report: what Kernel Lens needs, what it found, and what to do about the rest. */
import { access, constants, mkdir } from 'node:fs/promises';
import type { DoctorCheck, DoctorReport, Settings } from '../../../protocol/src';
import { runProcess } from '../process';
import { findCppCompiler, queryDevices } from '../runner';
import { atLeast, oldestToolkit, type Toolkit, type ToolkitSearch } from '../toolchain';

export interface DoctorInput {
  readonly settings: Settings;
  readonly toolkit: ToolkitSearch;
  readonly cacheDirectory: string;
}

export async function doctor({ settings, toolkit, cacheDirectory }: DoctorInput): Promise<DoctorReport> {
  const found = toolkit.found ? toolkit.toolkit : undefined;
  const checks = await Promise.all([
    Promise.resolve(checkToolkit(toolkit)),
    ...(found === undefined ? [] : [checkHostCompiler(found)]),
    checkGpu(found),
    checkCpuBackend(settings),
    checkCache(cacheDirectory),
  ]);
  return { checks: checks.flat() };
}

function checkToolkit(search: ToolkitSearch): DoctorCheck {
  if (!search.found) return { name: 'CUDA Toolkit', state: 'absent', detail: 'nvcc not found', fix: search.message };
  const { version, root, origin } = search.toolkit;
  const detail = `${version.full} in ${root} (from ${origin === 'folder' ? 'the usual folders' : origin})`;
  if (!atLeast(version, oldestToolkit.major, oldestToolkit.minor)) {
    return {
      name: 'CUDA Toolkit',
      state: 'warning',
      detail,
      fix: `Kernel Lens is written for CUDA ${oldestToolkit.major}.${oldestToolkit.minor} and later: install a newer toolkit.`,
    };
  }
  return { name: 'CUDA Toolkit', state: 'ok', detail };
}

/** The real question is whether nvcc accepts its host compiler, so nvcc is asked, with an empty program. */
async function checkHostCompiler(toolkit: Toolkit): Promise<DoctorCheck> {
  const name = 'Host compiler';
  const ccbin = toolkit.hostCompiler === '' ? [] : ['-ccbin', toolkit.hostCompiler];
  const answer = await runProcess(toolkit.nvcc, ['-E', '-x', 'cu', ...ccbin, '-'], {
    input: '#include <cstddef>\n',
    timeLimitMs: 60_000,
    outputLimit: 64 * 1024,
  });
  if (answer.status === 'exited' && answer.code === 0) {
    return {
      name,
      state: 'ok',
      detail: toolkit.hostCompiler === '' ? 'accepted by nvcc' : `${toolkit.hostCompiler} accepted by nvcc`,
    };
  }
  const output = `${answer.stderr}\n${answer.stdout}`;
  const unsupported = /unsupported (?:GNU|clang|Microsoft Visual Studio) version[^\n]*/i.exec(output)?.[0];
  return {
    name,
    state: 'error',
    detail: unsupported ?? output.trim().split('\n')[0] ?? 'nvcc could not preprocess an empty program',
    fix:
      unsupported === undefined
        ? 'Install a C++ compiler that nvcc supports (on Debian and Ubuntu: build-essential), or name one in kernelLens.cuda.hostCompiler.'
        : 'Install an older host compiler that this toolkit supports and name it in kernelLens.cuda.hostCompiler.',
  };
}

async function checkGpu(toolkit: Toolkit | undefined): Promise<DoctorCheck[]> {
  const answer = await queryDevices();
  if ('reason' in answer) {
    return [
      {
        name: 'GPU',
        state: 'absent',
        detail: answer.reason,
        fix: 'Without a GPU kernels run on the CPU: right answers, but the times say nothing about a GPU.',
      },
    ];
  }
  return answer.devices.map((device): DoctorCheck => {
    const name = `GPU ${device.index}`;
    const detail = `${device.name}, compute capability ${device.computeCapability}, driver for CUDA ${device.driverVersion}`;
    const driver = Number(device.driverVersion.split('.')[0]);
    if (toolkit !== undefined && Number.isFinite(driver) && driver < toolkit.version.major) {
      return {
        name,
        state: 'error',
        detail,
        fix: `The driver is older than the toolkit (CUDA ${toolkit.version.major}): update the driver, or use a toolkit of CUDA ${driver}.`,
      };
    }
    return { name, state: 'ok', detail };
  });
}

async function checkCpuBackend(settings: Settings): Promise<DoctorCheck> {
  const name = 'C++ compiler for runs on the CPU';
  const compiler = await findCppCompiler(settings.run.cppCompiler);
  if (compiler.status === 'missing') return { name, state: 'absent', detail: 'not found', fix: compiler.message };
  return { name, state: 'ok', detail: `${compiler.label} (${compiler.path})` };
}

async function checkCache(folder: string): Promise<DoctorCheck> {
  const name = 'Cache folder';
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return { name, state: 'ok', detail: folder };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, state: 'error', detail: reason, fix: 'Make this folder writable, or free space on its disk.' };
  }
}
