/** Composition root for the terminal and for CI: the same rooms as the editor's, without LSP. */
import { writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isDoubtful, parseSettings, type Settings } from '../../protocol/src';
import manifest from '../../package.json';
import { createParser, type Severity } from './analysis';
import { readParserAssets } from './assets';
import { assemblyJson, assemblyOfFile } from './cli/asm';
import { check, parseRules, severities, type RuleChoice } from './cli/check';
import { costJson, costOfFile } from './cli/cost';
import { historyOfFile, type HistoryFlags } from './cli/history';
import { runJson } from './cli/json';
import { runKernelOfFile, runProgramOfFile, type RunOptions } from './cli/run';
import { profileFailureText, profileOfFile, profileText, type ProfileFormat } from './cli/profile';
import { sanitizeKernelOfFile, sanitizeProgramOfFile, sanitizeText, toolChoices, toolsOf } from './cli/sanitize';
import { costText } from './cli/cost-text';
import { doctorText, programText, runText } from './cli/text';
import { writeTrace } from './cli/trace-file';
import { sweepOfFile, sweepText, tuneOfFile, tuneText } from './cli/tune';
import { buildTargets, doctor } from './handlers/doctor';
import { describeError } from './log';
import { disposeRunners } from './runner';
import { defaultCacheDirectory } from './session';
import { locateToolkit, ProjectDatabases } from './toolchain';

/** Exit codes, documented in docs/cli.md. */
const exitCodes = { ok: 0, problems: 1, failed: 2 } as const;

interface CommonOptions {
  format: 'text' | 'json';
  cuda?: string;
  arch?: string;
  ccbin?: string;
  flag: string[];
}

function settingsFrom(
  options: Omit<CommonOptions, 'format'> & {
    device?: string;
    timeLimit?: number;
    elements?: number;
    cxx?: string;
    gpu?: string;
    hot?: boolean;
    rules?: RuleChoice;
  },
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

/** Written whole before the process ends, whatever standard output is. */
function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}

const printJson = (value: unknown) => print(`${JSON.stringify(value, null, 2)}\n`);
const collect = (value: string, all: string[]) => [...all, value];

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('It must be a positive number.');
  return number;
}

function architecture(value: string): string {
  if (!/^sm_\d+[af]?$/.test(value)) throw new InvalidArgumentError('Write it as sm_90.');
  return value;
}

/** `architectures`: whether `--arch` may be given several times, or once but must be one that code can be made for. */
function common(
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

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

async function findToolkit(settings: Settings) {
  return locateToolkit({
    setting: settings.cuda.path,
    hostCompiler: settings.cuda.hostCompiler,
    signal: interrupt.signal,
  });
}

interface CheckFlags extends Omit<CommonOptions, 'format'> {
  format: 'text' | 'json' | 'sarif';
  nvcc: boolean;
  rules?: RuleChoice;
  severity: Severity;
  failOn: Severity;
  quiet: boolean;
}

async function checkSources(names: string[], options: CheckFlags): Promise<number> {
  const settings = settingsFrom(options);
  const search = options.nvcc ? await findToolkit(settings) : undefined;
  if (search?.found === false) console.error(search.message);
  const verdict = await check({
    ...options,
    names,
    settings,
    toolkit: search?.found === true ? search.toolkit : undefined,
    version: manifest.version,
    signal: interrupt.signal,
    print,
    say: (text) => console.error(text),
  });
  return { clean: exitCodes.ok, problems: exitCodes.problems, incomplete: exitCodes.failed }[verdict];
}

interface SanitizeFlags extends RunFlags {
  tool: (typeof toolChoices)[number];
}

async function sanitize(file: string, options: SanitizeFlags): Promise<number> {
  const runOptions = await runOptionsFrom(options);
  const tools = toolsOf(options.tool);
  const result =
    options.program === true
      ? await sanitizeProgramOfFile(file, tools, runOptions)
      : await sanitizeKernelOfFile(file, options.kernel, tools, runOptions);
  if (options.format === 'json') printJson(result.status === 'ok' ? result : runJson(result));
  else print(sanitizeText(result, process.cwd()));
  if (result.status !== 'ok') return exitCodes.failed;
  return result.findings.length === 0 ? exitCodes.ok : exitCodes.problems;
}

interface RunFlags extends CommonOptions {
  kernel?: string;
  program?: boolean;
  executable?: string;
  trace?: string;
  check?: boolean;
  set?: ReadonlyMap<string, string>;
  sweep?: string | true;
  device: string;
  timeLimit?: number;
  elements?: number;
  cxx?: string;
  gpu?: string;
  hot?: boolean;
}

async function runOptionsFrom(options: RunFlags): Promise<RunOptions> {
  const settings = settingsFrom(options);
  const search = await findToolkit(settings);
  return {
    parser: await createParser(await readParserAssets()),
    settings,
    toolkit: search.found ? search.toolkit : undefined,
    cacheDirectory: defaultCacheDirectory(),
    signal: interrupt.signal,
    onProgress: (message) => {
      if (process.stderr.isTTY) console.error(message);
    },
    ...(options.set === undefined ? {} : { overrides: options.set }),
    ...(options.program === true && options.format === 'text' ? { onOutput: print } : {}),
  };
}

async function run(file: string, args: readonly string[], options: RunFlags): Promise<number> {
  const runOptions = await runOptionsFrom(options);
  if (options.program === true) {
    const launch = { args, ...(options.executable === undefined ? {} : { program: path.resolve(options.executable) }) };
    const result = await runProgramOfFile(file, launch, runOptions);
    if (options.format === 'json') printJson(result);
    else print(programText(result));
    if (options.trace !== undefined) await writeTrace(result, options.trace);
    if (result.status !== 'ok') return exitCodes.failed;
    return result.exitCode === 0 ? exitCodes.ok : exitCodes.problems;
  }
  if (options.sweep !== undefined) return sweep(file, options.sweep, options, runOptions);
  const result = await runKernelOfFile(file, options.kernel, { ...runOptions, check: options.check === true });
  if (options.format === 'json') printJson(runJson(result));
  else print(runText(result));
  if (result.status !== 'ok') return exitCodes.failed;
  return isDoubtful(result) ? exitCodes.problems : exitCodes.ok;
}

async function sweep(file: string, wish: string | true, options: RunFlags, runOptions: RunOptions): Promise<number> {
  const [name = '', ...value] = wish === true ? [] : wish.split('=');
  const range = wish === true ? undefined : { name: name.trim(), value: value.join('=').trim() };
  const answer = await sweepOfFile(file, options.kernel, range, runOptions);
  if (options.format === 'json') printJson(answer);
  else print(sweepText(answer));
  return answer.status === 'ok' ? exitCodes.ok : exitCodes.failed;
}

async function tune(file: string, options: RunFlags): Promise<number> {
  const answer = await tuneOfFile(file, options.kernel, await runOptionsFrom(options));
  if (options.format === 'json') printJson(answer);
  else print(tuneText(answer));
  return answer.status === 'ok' ? exitCodes.ok : exitCodes.failed;
}

async function showHistory(file: string, flags: HistoryFlags): Promise<number> {
  const answer = await historyOfFile(file, flags, defaultCacheDirectory());
  if ('text' in answer) print(answer.text);
  else console.error(answer.message);
  return 'text' in answer ? exitCodes.ok : exitCodes.failed;
}

/** `N=1<<20`, several times. */
function setting(value: string, all: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, name, text] = /^\s*([A-Za-z_][\w.:]*(?:\[[^\]]*\])?)\s*=\s*(.+)$/.exec(value) ?? [];
  if (name === undefined || text === undefined) throw new InvalidArgumentError('Write it as N=1<<20 or block=128.');
  return new Map([...all, [name, text]]);
}

const setText = 'in place of what the source or its directive says: N=1<<20, block=32x8';
const gpuText = 'the GPU, by its index as the driver counts, or by the beginning of its UUID';

interface ProfileFlags extends Omit<RunFlags, 'format'> {
  format: ProfileFormat;
  full?: boolean;
  skip?: number;
  count?: number;
  ncu?: string;
  output?: string;
}

async function profileFile(file: string, options: ProfileFlags): Promise<number> {
  // Standard output is the report's.
  const runOptions = { ...(await runOptionsFrom({ ...options, format: 'text' })), onOutput: console.error };
  const { settings } = runOptions;
  const profiler = { ...settings.profiler, ...(options.ncu === undefined ? {} : { ncuPath: options.ncu }) };
  const outcome = await profileOfFile(file, options, { ...runOptions, settings: { ...settings, profiler } });
  if (outcome.status !== 'ok') {
    if (options.format === 'json') printJson(outcome);
    else console.error(profileFailureText(outcome).trimEnd());
    return exitCodes.failed;
  }
  const text = profileText(outcome, options.format);
  if (options.output === undefined) print(text);
  else await writeFile(options.output, text);
  if (process.stderr.isTTY) console.error(outcome.path);
  return exitCodes.ok;
}

interface CostFlags extends Omit<CommonOptions, 'arch'> {
  arch: string[];
}

interface AsmFlags extends CostFlags {
  kernel?: string;
  ptx?: boolean;
  sass?: boolean;
}

async function cost(file: string, options: CostFlags): Promise<number> {
  const { arch, ...others } = options;
  const answer = await costOfFile(file, await compilerOptions(others, arch));
  if (options.format === 'json') printJson(costJson(answer));
  else if (answer.status === 'ok') print(costText(answer.kernels));
  return answer.status === 'ok' ? exitCodes.ok : failed(answer, options.format);
}

async function asm(file: string, options: AsmFlags): Promise<number> {
  const { arch, kernel, ptx, ...others } = options;
  const common = await compilerOptions(others, arch);
  const answer = await assemblyOfFile(file, { ...common, kernel, kind: ptx === true ? 'ptx' : 'sass' });
  if (options.format === 'json') printJson(assemblyJson(answer));
  else if (answer.status === 'ok') print(answer.text);
  if (answer.status === 'ok') return exitCodes.ok;
  return answer.status === 'failed' ? failed(answer, options.format) : exitCodes.failed;
}

async function compilerOptions(options: Omit<CommonOptions, 'arch'>, architectures: readonly string[]) {
  const parser = await createParser(await readParserAssets());
  return { parser, settings: settingsFrom(options), architectures, signal: interrupt.signal };
}

/** What the compiler said, on standard error; as JSON it is in the answer. */
function failed({ message, output }: { message: string; output?: string }, format: string): number {
  if (format === 'text') console.error([message, output?.trim() ?? ''].filter((text) => text !== '').join('\n'));
  return exitCodes.failed;
}

async function checkEnvironment(options: CommonOptions): Promise<number> {
  const settings = settingsFrom(options);
  const project = { folders: [process.cwd()], buildFolders: [] };
  const report = await doctor({
    settings,
    toolkit: await findToolkit(settings),
    cacheDirectory: defaultCacheDirectory(),
    targets: await buildTargets(settings, [], new ProjectDatabases(), project),
  });
  if (options.format === 'json') printJson(report);
  else print(doctorText(report));
  return report.checks.some(({ state }) => state === 'error') ? exitCodes.problems : exitCodes.ok;
}

async function main(): Promise<void> {
  const program = new Command('kernel-lens')
    .description('Checks CUDA sources, runs and times their kernels, on the GPU or on the CPU.')
    .version(manifest.version)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.failed));
  let code: number = exitCodes.ok;
  let format: unknown;
  program.hook('preAction', (_, command) => {
    format = command.opts<{ format?: unknown }>().format;
  });
  common(program.command('check'), ['text', 'json', 'sarif'])
    .description("nvcc's errors and Kernel Lens's own findings")
    .argument('<files...>', 'CUDA sources, and folders with them')
    .option('--no-nvcc', 'the lint only')
    .option('--rules <list>', 'which lint rules: a,b | all | default | -a | a=warning, by comma', parseRules)
    .addOption(new Option('--severity <level>', 'leave out what is below').choices(severities).default('hint'))
    .addOption(new Option('--fail-on <level>', 'exit with 1 from this level on').choices(severities).default('error'))
    .option('--quiet', 'no summary', false)
    .action(async (names: string[], options: CheckFlags) => {
      code = await checkSources(names, options);
    });
  common(program.command('run'))
    .description('run and time a kernel as its code lens does')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'the kernel to run; may be left out when the file has one')
    .argument('[args...]', 'with --program, behind --: its arguments')
    .option('--program', 'run the whole program instead')
    .option('--executable <path>', 'with --program: run this, which was built from the file, instead of building it')
    .option('--check', 'compare the results with the CPU, or with the function that a directive names')
    .option('--set <name=value>', setText, setting)
    .option('--sweep [name=range]', 'a run for each size: N=1<<16..1<<26; without a range, that of the directive')
    .option('--trace <file>', 'with --program: write the timeline, .json for Chrome and Perfetto, .csv or .kltrace')
    .addOption(new Option('--device <device>', 'where to run').choices(['auto', 'gpu', 'cpu']).default('auto'))
    .option('--gpu <gpu>', gpuText)
    .option('--hot', 'leave the L2 cache as the launch before left it, instead of flushing it before each launch')
    .option('--time-limit <seconds>', 'stop the run after so long', positive)
    .option('--elements <count>', 'elements of buffers whose size the source does not tell', positive)
    .option('--cxx <path>', 'C++ compiler for runs on the CPU')
    .action(async (file: string, args: string[], options: RunFlags) => {
      code = await run(file, args, options);
    });
  common(program.command('tune'))
    .description('measure a kernel with other block sizes, and with what its directive lists')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'the kernel; may be left out when the file has one')
    .addOption(new Option('--device <device>', 'where to run').choices(['auto', 'gpu']).default('auto'))
    .option('--gpu <gpu>', gpuText)
    .option('--time-limit <seconds>', 'stop each run after so long', positive)
    .option('--elements <count>', 'elements of buffers whose size the source does not tell', positive)
    .action(async (file: string, options: RunFlags) => {
      code = await tune(file, options);
    });
  program
    .command('history')
    .description('the runs of a kernel that were made in a terminal')
    .argument('<file>', 'a .cu file')
    .requiredOption('--kernel <name>', 'the kernel')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'csv']).default('text'))
    .option('--pin <id>', 'compare later runs with this one; last: the last one')
    .option('--unpin', 'no baseline any more')
    .option('--clear', 'forget the runs; a baseline stays')
    .action(async (file: string, options: HistoryFlags) => {
      code = await showHistory(file, options);
    });
  common(program.command('profile'), ['text', 'json', 'html', 'md'])
    .description('profile a kernel or a program with Nsight Compute, or read a report of it')
    .argument('<file>', 'a .cu file, or an .ncu-rep')
    .option('--kernel <name>', 'the kernel; may be left out when the file has one')
    .option('--program', 'run the whole program instead, and profile its launches')
    .option('--full', 'all sections, which takes some forty launches of each kernel')
    .option('--skip <launches>', 'with --program: leave out so many launches first', positive)
    .option('--count <launches>', 'with --program: profile so many launches at most', positive)
    .option('--ncu <path>', "Nsight Compute's ncu or its folder; searched for when left out")
    .option('--output <file>', 'write the report there')
    .option('--set <name=value>', setText, setting)
    .option('--gpu <gpu>', gpuText)
    .option('--elements <count>', 'elements of buffers whose size the source does not tell', positive)
    .action(async (file: string, options: ProfileFlags) => {
      code = await profileFile(file, options);
    });
  common(program.command('sanitize'))
    .description('run a kernel or a program under compute-sanitizer')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'the kernel to run; may be left out when the file has one')
    .option('--program', 'run the whole program instead')
    .addOption(new Option('--tool <tool>', 'what to look for').choices(toolChoices).default('all'))
    .addOption(new Option('--device <device>', 'where to run').choices(['auto', 'gpu', 'cpu']).default('auto'))
    .option('--gpu <gpu>', gpuText)
    .option('--set <name=value>', setText, setting)
    .option('--time-limit <seconds>', 'stop each tool after twenty times so long', positive)
    .option('--elements <count>', 'elements of buffers whose size the source does not tell', positive)
    .option('--cxx <path>', 'C++ compiler for runs on the CPU')
    .action(async (file: string, options: SanitizeFlags) => {
      code = await sanitize(file, options);
    });
  common(program.command('asm'), ['text', 'json'], 'one')
    .description('PTX or SASS of a file or of one kernel')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'this kernel only, and what it calls')
    .addOption(new Option('--ptx', 'PTX').conflicts('sass'))
    .option('--sass', 'SASS (what is shown without an option)')
    .action(async (file: string, options: AsmFlags) => {
      code = await asm(file, options);
    });
  common(program.command('cost'), ['text', 'json'], 'many')
    .description('registers, spills, shared memory and occupancy of each kernel, without running it')
    .argument('<file>', 'a .cu file')
    .action(async (file: string, options: CostFlags) => {
      code = await cost(file, options);
    });
  common(program.command('doctor'))
    .description('what Kernel Lens found on this machine')
    .action(async (options: CommonOptions) => {
      code = await checkEnvironment(options);
    });
  try {
    await program.parseAsync();
  } catch (error) {
    const { code: reason, path: file } = error as NodeJS.ErrnoException;
    if (reason === 'ENOENT' || reason === 'EISDIR' || reason === 'EACCES') {
      const message = `${path.relative(process.cwd(), file ?? '')}: cannot be read (${reason})`;
      // Who asks for JSON reads standard output.
      if (format === 'json') printJson({ status: 'failed', message });
      else console.error(message);
    } else {
      console.error(describeError(error));
    }
    code = exitCodes.failed;
  }
  await disposeRunners();
  process.exit(code);
}

void main();
