/** Whether code that is built here runs on the GPUs that are here: "no kernel image" before it happens. Pure. */
import * as l10n from '@vscode/l10n';
import type { DoctorCheck, GpuDevice } from '../../../../protocol/src';
import type { ToolkitVersion } from '../../toolchain';

/** Architecture arguments for nvcc and where they stand. */
export interface Target {
  readonly flags: readonly string[];
  /** The setting's name, or the compilation database. */
  readonly source: string;
}

export interface ArchitectureInput {
  readonly devices: readonly Pick<GpuDevice, 'name' | 'computeCapability'>[];
  readonly version: ToolkitVersion;
  /** `nvcc --list-gpu-arch`, as numbers; empty where nvcc did not tell. */
  readonly known: readonly number[];
  readonly targets: readonly Target[];
}

/** What a build contains. */
interface Images {
  /** `sm_90`: machine code. */
  readonly real: readonly string[];
  /** `compute_90`: PTX, which the driver compiles for newer GPUs. */
  readonly virtual: readonly string[];
}

export function checkArchitectures({ devices, version, known, targets }: ArchitectureInput): DoctorCheck[] {
  const name = l10n.t('GPU architecture');
  const checks: DoctorCheck[] = [];
  for (const { name: gpu, computeCapability } of devices) {
    const number = Number(computeCapability.replace('.', ''));
    const architecture = `sm_${number}`;
    const toolkit = `CUDA ${version.major}.${version.minor}`;
    if (known.length > 0 && !known.includes(number)) {
      checks.push({
        name,
        state: 'error',
        detail: l10n.t('{0} does not build for {1} ({2})', toolkit, gpu, architecture),
        fix: toolkitFix(number, known, architecture),
      });
      continue;
    }
    const failing = targets.find(({ flags }) => !runsOn(imagesOf(flags), number));
    checks.push(
      failing === undefined
        ? { name, state: 'ok', detail: l10n.t('{0} builds for {1} ({2})', toolkit, gpu, architecture) }
        : {
            name,
            state: 'warning',
            detail: l10n.t('{0} builds {1}, which does not run on {2}', failing.source, failing.flags.join(' '), gpu),
            fix: l10n.t(
              'Build for {0} too (in CMake: CMAKE_CUDA_ARCHITECTURES={1}), or launches fail with "no kernel image is available".',
              architecture,
              number,
            ),
          },
    );
  }
  return checks;
}

function toolkitFix(number: number, known: readonly number[], architecture: string): string {
  if (number < Math.min(...known)) {
    return l10n.t(
      'Support for {0} has been dropped: install CUDA {1}, the last one with it.',
      architecture,
      lastToolkit(number),
    );
  }
  return l10n.t('Install CUDA {0} or later, the first one with {1}.', firstToolkit(number), architecture);
}

function lastToolkit(number: number): string {
  if (number < 35) return '10.2';
  return number < 50 ? '11.8' : '12.9';
}

const firstToolkits: readonly (readonly [number, string])[] = [
  [75, '10.0'],
  [80, '11.0'],
  [86, '11.1'],
  [87, '11.4'],
  [88, '13.0'],
  [90, '11.8'],
  [102, '12.8'],
  [103, '12.9'],
  [110, '13.0'],
  [120, '12.8'],
  [121, '12.9'],
];

/** The first toolkit with an architecture; for one that is newer than this list, the newest it names. */
function firstToolkit(number: number): string {
  return firstToolkits.find(([upTo]) => number <= upTo)?.[1] ?? '13.0';
}

/** What nvcc puts into a program with these architecture arguments; undefined: something for every GPU. */
export function imagesOf(flags: readonly string[]): Images | undefined {
  const real: string[] = [];
  const virtual: string[] = [];
  const add = (names: string): void => {
    real.push(...[...names.matchAll(/\b(?:sm|lto)_(\d+[af]?)\b/g)].map((match) => match[1] ?? ''));
    virtual.push(...[...names.matchAll(/\bcompute_(\d+[af]?)\b/g)].map((match) => match[1] ?? ''));
  };
  const text = flags.join(' ');
  if (/[= ](?:native|all|all-major)\b/.test(` ${text}`)) return undefined;
  const codes = [...text.matchAll(/(?:^|[ ,])(?:--gpu-code|-?-?code)[= ]("[^"]*"|\[[^\]]*\]|\S+)/g)];
  for (const [, names = ''] of codes) add(names);
  if (codes.length === 0) {
    for (const [, names = ''] of text.matchAll(/(?:-arch|--gpu-architecture)[= ](\S+)/g)) {
      add(names);
      // `-arch=sm_90` is short for its machine code and its PTX.
      virtual.push(...real.filter((number) => !virtual.includes(number)));
    }
  }
  return real.length + virtual.length === 0 ? undefined : { real, virtual };
}

/** Machine code runs on its own major version from its minor one up, PTX on everything newer. */
export function runsOn(images: Images | undefined, gpu: number): boolean {
  if (images === undefined) return true;
  const major = Math.floor(gpu / 10);
  const real = images.real.some((name) => {
    const number = parseInt(name, 10);
    if (name.endsWith('a')) return number === gpu;
    return Math.floor(number / 10) === major && number <= gpu;
  });
  return (
    real ||
    images.virtual.some((name) => {
      const number = parseInt(name, 10);
      if (name.endsWith('a')) return number === gpu;
      return name.endsWith('f') ? Math.floor(number / 10) === major && number <= gpu : number <= gpu;
    })
  );
}
