/** Why there is no profile, and what to do about it. */
import * as l10n from '@vscode/l10n';
import type { ProfileFailure } from '../../../../protocol/src/profile';
import { counterPlatform, type CollectionProblem, type CounterPlatform } from '../../profiler/ncu';

export function notTrusted(): ProfileFailure {
  return {
    status: 'failed',
    message: l10n.t('The workspace is not trusted, so nothing in it is profiled. Trust it first.'),
  };
}

export function noTool(setting: string, tried: readonly string[]): ProfileFailure {
  const message =
    setting === ''
      ? l10n.t('Nsight Compute (ncu) was not found.')
      : l10n.t('kernelLens.profiler.ncuPath is {0}, and there is no ncu.', setting);
  return {
    status: 'noTool',
    message,
    steps: [
      l10n.t(
        'Install Nsight Compute: it comes with the CUDA Toolkit, and by itself from developer.nvidia.com/nsight-compute.',
      ),
      l10n.t('Where it is installed elsewhere, set kernelLens.profiler.ncuPath to ncu or to its folder.'),
    ],
    output: l10n.t('Looked for it at: {0}', tried.join(', ')),
  };
}

export function collectionFailure(problem: CollectionProblem, output: string): ProfileFailure {
  switch (problem.kind) {
    case 'noPermission':
      return {
        status: 'noPermission',
        message: l10n.t("Your user may not read the GPU's performance counters (ERR_NVGPUCTRPERM)."),
        steps: permissionSteps(counterPlatform()),
        output,
      };
    case 'noKernel':
      return {
        status: 'noKernel',
        message:
          problem.available.length === 0
            ? l10n.t('The program launched no kernel that was to be profiled.')
            : l10n.t('No launch matched. The program launched: {0}.', problem.available.join(', ')),
        output,
      };
    case 'inUse':
      return {
        status: 'failed',
        message: l10n.t(
          'Another tool (DCGM, a second profiler) holds the performance counters. End it, or pause it: dcgmi profile --pause.',
        ),
        output,
      };
    case 'driver':
      return {
        status: 'failed',
        message: l10n.t(
          'This Nsight Compute does not fit the NVIDIA driver. Update the driver, or use the version of your toolkit.',
        ),
        output,
      };
    case 'other':
      return { status: 'failed', message: l10n.t('Nsight Compute failed: {0}', problem.message), output };
  }
}

export function permissionSteps(platform: CounterPlatform): string[] {
  const everybody = [
    'options nvidia NVreg_RestrictProfilingToAdminUsers=0',
    '/etc/modprobe.d/nvidia-profiling.conf',
    'sudo update-initramfs -u',
  ] as const;
  const control = l10n.t(
    'In Windows, open the NVIDIA Control Panel as administrator; turn on Desktop → Enable Developer Settings, then choose Developer → Manage GPU Performance Counters → Allow access to the GPU performance counters to all users.',
  );
  switch (platform) {
    case 'linux':
      return [
        l10n.t(
          'For everybody, for good: write `{0}` into `{1}`, and restart the machine (on Debian and Ubuntu after `{2}`).',
          ...everybody,
        ),
        l10n.t(
          'Or, for one time: run the profile as root, or with the capability CAP_SYS_ADMIN (from driver 565 on, CAP_PERFMON).',
        ),
      ];
    case 'container':
      return [
        l10n.t(
          'Start the container with `--cap-add=SYS_ADMIN` (in devcontainer.json: `"runArgs": ["--cap-add=SYS_ADMIN"]`).',
        ),
        l10n.t(
          'Or for everybody, on the host: write `{0}` into `{1}`, and restart the machine (on Debian and Ubuntu after `{2}`).',
          ...everybody,
        ),
      ];
    case 'wsl':
      return [control, l10n.t('Then restart Linux: `wsl --shutdown`')];
    case 'windows':
      return [control];
  }
}
