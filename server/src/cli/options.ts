/** Options that several subcommands take, and the settings they stand for. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseSettings, type Settings } from '../../../protocol/src';
import { createParser } from '../analysis';
import { readParserAssets } from '../assets';
import { defaultCacheDirectory } from '../session';
import { locateToolkit } from '../toolchain';
import type { RuleChoice } from './check';
import type { RunOptions } from './run';
import { interrupted, print } from './terminal';

export interface CommonOptions {
  format: 'text' | 'json';
  cuda?: string;
  arch?: string;
  ccbin?: string;
  flag: string[];
}

/** Of the subcommands that run a kernel or a program. */
export interface RunFlags extends CommonOptions {
  kernel?: string;
  program?: boolean;
  set?: ReadonlyMap<string, string>;
  device?: string;
  timeLimit?: number;
  elements?: number;
  cxx?: string;
  gpu?: string;
  hot?: boolean;
}

const collect = (value: string, all: string[]) => [...all, value];

export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('It must be a positive number.');
  return number;
}

function architecture(value: string): string {
  if (!/^sm_\d+[af]?$/.test(value)) throw new InvalidArgumentError('Write it as sm_90.');
  return value;
}

/** `N=1<<20`, several times. */
function setting(value: string, all: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, name, text] = /^\s*([A-Za-z_][\w.:]*(?:\[[^\]]*\])?)\s*=\s*(.+)$/.exec(value) ?? [];
  if (name === undefined || text === undefined) throw new InvalidArgumentError('Write it as N=1<<20 or block=128.');
  return new Map([...all, [name, text]]);
}

/** `architectures`: whether `--arch` may be given several times, or once but must be one that code can be made for. */
export function common(
  command: Command,
  formats: readonly string[] = ['text', 'json'],
  architectures?: 'one' | 'many',
): Command {
  const described =
    architectures === undefined
      ? command.option('--arch <sm>', 'architecture for nvcc, sm_90 and the like')
      : command.option(
          '--arch <sm>',
          `architecture, sm_90 and the like${architectures === 'many' ? '; several by several --arch' : ''}`,
          (value: string, all: string[]) => [...(architectures === 'many' ? all : []), architecture(value)],
          [],
        );
  return described
    .addOption(new Option('--format <format>', 'how to print').choices(formats).default('text'))
    .option('--cuda <path>', 'CUDA Toolkit folder; searched for when left out')
    .option('--ccbin <path>', "nvcc's host compiler")
    .option('--flag <flag>', 'an argument for the compiler, one at a time: --flag=-Iinclude', collect, []);
}

export const gpuOption = () =>
  new Option('--gpu <gpu>', 'the GPU, by its index as the driver counts, or by the beginning of its UUID');

export const setOption = () =>
  new Option('--set <name=value>', 'in place of what the source or its directive says: N=1<<20, block=32x8').argParser(
    setting,
  );

export const elementsOption = () =>
  new Option('--elements <count>', 'elements of buffers whose size the source does not tell').argParser(positive);

export const deviceOption = (devices: readonly string[] = ['auto', 'gpu', 'cpu']) =>
  new Option('--device <device>', 'where to run').choices(devices).default('auto');

export const cxxOption = () => new Option('--cxx <path>', 'C++ compiler for runs on the CPU');

export function settingsFrom(
  options: Omit<CommonOptions, 'format'> &
    Pick<RunFlags, 'device' | 'timeLimit' | 'elements' | 'cxx' | 'gpu' | 'hot'> & { rules?: RuleChoice },
): Settings {
  return parseSettings({
    lint: { rules: options.rules ?? {} },
    cuda: {
      path: options.cuda ?? '',
      architecture: options.arch ?? 'auto',
      hostCompiler: options.ccbin ?? '',
      flags: options.flag,
    },
    run: {
      device: options.device,
      timeLimit: options.timeLimit,
      elements: options.elements,
      cppCompiler: options.cxx,
      gpu: options.gpu,
      coldCache: options.hot === true ? false : undefined,
    },
  });
}

export function findToolkit(settings: Settings) {
  return locateToolkit({
    setting: settings.cuda.path,
    hostCompiler: settings.cuda.hostCompiler,
    signal: interrupted,
  });
}

export async function runOptionsFrom(options: RunFlags): Promise<RunOptions> {
  const settings = settingsFrom(options);
  const search = await findToolkit(settings);
  return {
    parser: await createParser(await readParserAssets()),
    settings,
    toolkit: search.found ? search.toolkit : undefined,
    cacheDirectory: defaultCacheDirectory(),
    signal: interrupted,
    onProgress: (message) => {
      if (process.stderr.isTTY) console.error(message);
    },
    ...(options.set === undefined ? {} : { overrides: options.set }),
    ...(options.program === true && options.format === 'text' ? { onOutput: print } : {}),
  };
}
