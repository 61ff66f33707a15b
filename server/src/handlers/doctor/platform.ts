/** What stands between a program and the GPU on Linux: WSL, containers, the permission to profile. */
import { access, readFile } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import type { DoctorCheck } from '../../../../protocol/src';

/** What the machine says of itself. */
export interface PlatformFacts {
  /** `/proc/version`. */
  readonly kernel: string;
  readonly container: boolean;
  /** `/dev/nvidiactl`: a driver's device. */
  readonly deviceFile: boolean;
  /** `libcuda` where WSL mounts Windows's driver. */
  readonly wslDriver: boolean;
  /** `libcuda` among Linux's own libraries. */
  readonly linuxDriver: boolean;
  /** `/proc/driver/nvidia/params`; absent without the driver. */
  readonly driverParameters: string | undefined;
  /** `/proc/self/status`. */
  readonly processStatus: string;
}

export async function platformFacts(): Promise<PlatformFacts> {
  const exists = (...files: string[]): Promise<boolean> =>
    Promise.any(files.map((file) => access(file))).then(
      () => true,
      () => false,
    );
  const text = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);
  const [kernel, container, deviceFile, wslDriver, linuxDriver, driverParameters, processStatus] = await Promise.all([
    text('/proc/version'),
    exists('/.dockerenv', '/run/.containerenv'),
    exists('/dev/nvidiactl'),
    exists('/usr/lib/wsl/lib/libcuda.so.1'),
    exists(
      '/usr/lib/x86_64-linux-gnu/libcuda.so.1',
      '/usr/lib/aarch64-linux-gnu/libcuda.so.1',
      '/usr/lib64/libcuda.so.1',
    ),
    text('/proc/driver/nvidia/params'),
    text('/proc/self/status'),
  ]);
  return {
    kernel: kernel ?? '',
    container,
    deviceFile,
    wslDriver,
    linuxDriver,
    driverParameters,
    processStatus: processStatus ?? '',
  };
}

export function checkPlatform(facts: PlatformFacts, hasGpu: boolean): DoctorCheck[] {
  return [...checkWsl(facts, hasGpu), ...checkContainer(facts, hasGpu), ...checkProfiling(facts)];
}

function checkWsl({ kernel, container, wslDriver, linuxDriver }: PlatformFacts, hasGpu: boolean): DoctorCheck[] {
  if (!/microsoft/i.test(kernel) || container) return [];
  const name = 'WSL';
  if (!/WSL2|microsoft-standard/i.test(kernel)) {
    return [
      {
        name,
        state: 'error',
        detail: 'WSL 1',
        fix: l10n.t('WSL 1 has no GPU: convert the distribution with `wsl --set-version <distribution> 2`.'),
      },
    ];
  }
  if (hasGpu) return [{ name, state: 'ok', detail: 'WSL 2' }];
  if (!wslDriver) {
    return [
      {
        name,
        state: 'error',
        detail: l10n.t("WSL 2 without Windows's driver in /usr/lib/wsl/lib"),
        fix: l10n.t('Install the NVIDIA driver in Windows, not in WSL, then restart WSL with `wsl --shutdown`.'),
      },
    ];
  }
  return [
    linuxDriver
      ? {
          name,
          state: 'error',
          detail: l10n.t("WSL 2 with a Linux driver that hides Windows's"),
          fix: l10n.t('Remove the Linux driver packages (libcuda) from WSL: the driver comes from Windows.'),
        }
      : {
          name,
          state: 'warning',
          detail: l10n.t("WSL 2 with Windows's driver, but no GPU answers"),
          fix: l10n.t('Update WSL with `wsl --update`, update the NVIDIA driver in Windows and restart WSL.'),
        },
  ];
}

function checkContainer({ container, deviceFile }: PlatformFacts, hasGpu: boolean): DoctorCheck[] {
  if (!container) return [];
  const name = l10n.t('Container');
  if (hasGpu) return [{ name, state: 'ok', detail: l10n.t('a container with access to the GPU') }];
  return [
    deviceFile
      ? {
          name,
          state: 'error',
          detail: l10n.t("a container with the GPU's devices, but without its driver library"),
          fix: l10n.t('Start the container with NVIDIA_DRIVER_CAPABILITIES=compute,utility in its environment.'),
        }
      : {
          name,
          state: 'absent',
          detail: l10n.t('a container without a GPU'),
          fix: l10n.t(
            'If the host has an NVIDIA GPU, install the NVIDIA Container Toolkit there and start the container with `--gpus all` (devcontainer.json: "runArgs": ["--gpus", "all"]).',
          ),
        },
  ];
}

const sysAdmin = 21n;

function checkProfiling({ driverParameters, processStatus, container }: PlatformFacts): DoctorCheck[] {
  const adminOnly = /^RmProfilingAdminOnly:\s*(\d+)/m.exec(driverParameters ?? '')?.[1];
  if (adminOnly === undefined) return [];
  const name = l10n.t('Profiling permission');
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(processStatus)?.[1] ?? '0'}`);
  if (adminOnly === '0') return [{ name, state: 'ok', detail: l10n.t('open to every user') }];
  if ((capabilities >> sysAdmin) % 2n === 1n) {
    return [{ name, state: 'ok', detail: l10n.t('for administrators only, which you are') }];
  }
  return [
    {
      name,
      state: 'warning',
      detail: l10n.t('for administrators only: Nsight Compute reports ERR_NVGPUCTRPERM'),
      fix: container
        ? l10n.t('Start the container with `--cap-add=SYS_ADMIN`, or open the counters to every user on the host.')
        : l10n.t(
            'Put `options nvidia NVreg_RestrictProfilingToAdminUsers=0` into /etc/modprobe.d/nvidia-profiling.conf and restart the machine.',
          ),
    },
  ];
}
