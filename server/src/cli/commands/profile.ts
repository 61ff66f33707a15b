/** `kernel-lens profile` and `kernel-lens sanitize`. */
import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { runJson } from '../json';
import {
  common,
  cxxOption,
  deviceOption,
  elementsOption,
  gpuOption,
  positive,
  runOptionsFrom,
  setOption,
  type RunFlags,
} from '../options';
import { profileFailureText, profileOfFile, profileText, type ProfileFormat } from '../profile';
import { sanitizeKernelOfFile, sanitizeProgramOfFile, sanitizeText, toolChoices, toolsOf } from '../sanitize';
import { exitCodes, print, printJson } from '../terminal';
import type { Finish } from './finish';

interface ProfileFlags extends Omit<RunFlags, 'format'> {
  format: ProfileFormat;
  full?: boolean;
  skip?: number;
  count?: number;
  ncu?: string;
  output?: string;
}

interface SanitizeFlags extends RunFlags {
  tool: (typeof toolChoices)[number];
}

export function addProfile(program: Command, finish: Finish): void {
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
    .addOption(setOption())
    .addOption(gpuOption())
    .addOption(elementsOption())
    .action(async (file: string, options: ProfileFlags) => finish(await profile(file, options)));
}

export function addSanitize(program: Command, finish: Finish): void {
  common(program.command('sanitize'))
    .description('run a kernel or a program under compute-sanitizer')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'the kernel to run; may be left out when the file has one')
    .option('--program', 'run the whole program instead')
    .addOption(new Option('--tool <tool>', 'what to look for').choices(toolChoices).default('all'))
    .addOption(deviceOption())
    .addOption(gpuOption())
    .addOption(setOption())
    .option('--time-limit <seconds>', 'stop each tool after twenty times so long', positive)
    .addOption(elementsOption())
    .addOption(cxxOption())
    .action(async (file: string, options: SanitizeFlags) => finish(await sanitize(file, options)));
}

async function profile(file: string, options: ProfileFlags): Promise<number> {
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
