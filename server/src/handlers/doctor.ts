/** The environment report: what Kernel Lens needs, what it found, and what to do about the rest. */
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { DoctorCheck, DoctorReport, Settings } from '../../../protocol/src';
import { runProcess } from '../process';
import { findCppCompiler, queryDevices } from '../runner';
import {
  atLeast,
  diskMessage,
  diskProblem,
  knownArchitectures,
  oldestToolkit,
  type ProjectDatabases,
  type ProjectFolders,
  type Toolkit,
  type ToolkitSearch,
} from '../toolchain';
import { checkArchitectures, type Target } from './doctor/architecture';
import { checkPlatform, platformFacts } from './doctor/platform';

export interface DoctorInput {
  readonly settings: Settings;
  readonly toolkit: ToolkitSearch;
  readonly cacheDirectory: string;
  /** Architectures that the project is built for. */
  readonly targets: readonly Target[];
}

export async function doctor({ settings, toolkit, cacheDirectory, targets }: DoctorInput): Promise<DoctorReport> {
  const found = toolkit.found ? toolkit.toolkit : undefined;
  const checks = await Promise.all([
    Promise.resolve(checkToolkit(toolkit)),
    ...(found === undefined ? [] : [checkHostCompiler(found)]),
    checkGpu(found, targets),
    checkCpuBackend(settings),
    checkFolder(l10n.t('Cache folder'), cacheDirectory),
    checkFolder(l10n.t('Folder for temporary files'), os.tmpdir()),
  ]);
  return { checks: checks.flat() };
}

function checkToolkit(search: ToolkitSearch): DoctorCheck {
  const name = l10n.t('CUDA Toolkit');
  if (!search.found) return { name, state: 'absent', detail: l10n.t('nvcc not found'), fix: search.message };
  const { version, root, origin } = search.toolkit;
  const from = origin === 'folder' ? l10n.t('the usual folders') : origin;
  const detail = l10n.t('{0} in {1} (from {2})', version.full, root, from);
  const oldest = `${oldestToolkit.major}.${oldestToolkit.minor}`;
  if (!atLeast(version, oldestToolkit.major, oldestToolkit.minor)) {
    return {
      name,
      state: 'warning',
      detail,
      fix: l10n.t('Kernel Lens is written for CUDA {0} and later: install a newer toolkit.', oldest),
    };
  }
  return { name, state: 'ok', detail };
}

/** The real question is whether nvcc accepts its host compiler, so nvcc is asked, with an empty program. */
async function checkHostCompiler(toolkit: Toolkit): Promise<DoctorCheck> {
  const name = l10n.t('Host compiler');
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
      detail:
        toolkit.hostCompiler === '' ? l10n.t('accepted by nvcc') : l10n.t('{0} accepted by nvcc', toolkit.hostCompiler),
    };
  }
  const output = `${answer.stderr}\n${answer.stdout}`;
  const disk = await diskProblem(output);
  if (disk !== undefined) return { name, state: 'error', detail: l10n.t('nvcc could not write its files'), fix: disk };
  const unsupported = /unsupported (?:GNU|clang|Microsoft Visual Studio) version[^\n]*/i.exec(output)?.[0];
  return {
    name,
    state: 'error',
    detail: unsupported ?? output.trim().split('\n')[0] ?? l10n.t('nvcc could not preprocess an empty program'),
    fix:
      unsupported === undefined
        ? l10n.t(
            'Install a C++ compiler that nvcc supports (on Debian and Ubuntu: build-essential), or name one in kernelLens.cuda.hostCompiler.',
          )
        : l10n.t(
            'Install an older host compiler that this toolkit supports and name it in kernelLens.cuda.hostCompiler.',
          ),
  };
}

async function checkGpu(toolkit: Toolkit | undefined, targets: readonly Target[]): Promise<DoctorCheck[]> {
  const [answer, facts] = await Promise.all([queryDevices(), platformFacts()]);
  const platform = checkPlatform(facts, 'devices' in answer && answer.devices.length > 0);
  if ('reason' in answer) {
    return [
      {
        name: 'GPU',
        state: 'absent',
        detail: answer.reason,
        fix: l10n.t('Without a GPU kernels run on the CPU: right answers, but the times say nothing about a GPU.'),
      },
      ...platform,
    ];
  }
  const drivers = answer.devices.map((device): DoctorCheck => {
    const name = `GPU ${device.index}`;
    const detail = l10n.t(
      '{0}, compute capability {1}, driver for CUDA {2}',
      device.name,
      device.computeCapability,
      device.driverVersion,
    );
    const driver = Number(device.driverVersion.split('.')[0]);
    if (toolkit !== undefined && Number.isFinite(driver) && driver < toolkit.version.major) {
      return {
        name,
        state: 'error',
        detail,
        fix: l10n.t(
          'The driver is older than the toolkit (CUDA {0}): update the driver, or use a toolkit of CUDA {1}.',
          toolkit.version.major,
          driver,
        ),
      };
    }
    return { name, state: 'ok', detail };
  });
  const architectures =
    toolkit === undefined
      ? []
      : checkArchitectures({
          devices: answer.devices,
          version: toolkit.version,
          known: await knownArchitectures(toolkit),
          targets,
        });
  return [...drivers, ...architectures, ...platform];
}

/** What the project is built for: the setting's word, else that of the databases which speak of these files. */
export async function buildTargets(
  { cuda: { architecture } }: Settings,
  files: readonly string[],
  databases: ProjectDatabases,
  project: ProjectFolders,
): Promise<Target[]> {
  if (architecture !== 'auto') return [{ flags: [`-arch=${architecture}`], source: 'kernelLens.cuda.architecture' }];
  // A file that is not there stands for its folder's likeliest entry.
  const asked = [...files, ...project.folders.map((folder) => path.join(folder, 'any.cu'))];
  const found = new Map<string, Target>();
  for (const file of asked) {
    const flags = await databases.flagsFor(file, project);
    if (flags === undefined || flags.architectureFlags.length === 0) continue;
    const target = { flags: flags.architectureFlags, source: flags.database };
    found.set(JSON.stringify(target), target);
  }
  return [...found.values()];
}

async function checkCpuBackend(settings: Settings): Promise<DoctorCheck> {
  const name = l10n.t('C++ compiler for runs on the CPU');
  const compiler = await findCppCompiler(settings.run.cppCompiler);
  if (compiler.status === 'missing')
    return { name, state: 'absent', detail: l10n.t('not found'), fix: compiler.message };
  return { name, state: 'ok', detail: `${compiler.label} (${compiler.path})` };
}

/** Whether compilers can write there: a folder may be writable and its disk full. */
async function checkFolder(name: string, folder: string): Promise<DoctorCheck> {
  const made = await mkdir(folder, { recursive: true }).then(
    () => undefined,
    (error: unknown) => diskMessage(error, path.dirname(folder)),
  );
  const problem = made ?? (await diskProblem('', folder));
  if (problem === undefined) return { name, state: 'ok', detail: folder };
  return { name, state: 'error', detail: folder, fix: problem };
}
