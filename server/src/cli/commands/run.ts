/** `kernel-lens run` and `kernel-lens tune`. */
import path from 'node:path';
import type { Command } from 'commander';
import { isDoubtful } from '../../../../protocol/src';
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
  type RunFlags as SharedFlags,
} from '../options';
import { runKernelOfFile, runProgramOfFile, type RunOptions } from '../run';
import { exitCodes, print, printAnswer, printJson } from '../terminal';
import { programText, runText } from '../text';
import { writeTrace } from '../trace-file';
import { sweepOfFile, sweepText, tuneOfFile, tuneText } from '../tune';
import type { Finish } from './finish';

interface RunFlags extends SharedFlags {
  executable?: string;
  trace?: string;
  check?: boolean;
  sweep?: string | true;
}

export function addRun(program: Command, finish: Finish): void {
  common(program.command('run'))
    .description('run and time a kernel as its code lens does')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'the kernel to run; may be left out when the file has one')
    .argument('[args...]', 'with --program, behind --: its arguments')
    .option('--program', 'run the whole program instead')
    .option('--executable <path>', 'with --program: run this, which was built from the file, instead of building it')
    .option('--check', 'compare the results with the CPU, or with the function that a directive names')
    .addOption(setOption())
    .option('--sweep [name=range]', 'a run for each size: N=1<<16..1<<26; without a range, that of the directive')
    .option('--trace <file>', 'with --program: write the timeline, .json for Chrome and Perfetto, .csv or .kltrace')
    .addOption(deviceOption())
    .addOption(gpuOption())
    .option('--hot', 'leave the L2 cache as the launch before left it, instead of flushing it before each launch')
    .option('--time-limit <seconds>', 'stop the run after so long', positive)
    .addOption(elementsOption())
    .addOption(cxxOption())
    .action(async (file: string, args: string[], options: RunFlags) => finish(await run(file, args, options)));
}

export function addTune(program: Command, finish: Finish): void {
  common(program.command('tune'))
    .description('measure a kernel with other block sizes, and with what its directive lists')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'the kernel; may be left out when the file has one')
    .addOption(deviceOption(['auto', 'gpu']))
    .addOption(gpuOption())
    .option('--time-limit <seconds>', 'stop each run after so long', positive)
    .addOption(elementsOption())
    .action(async (file: string, options: RunFlags) => {
      const answer = await tuneOfFile(file, options.kernel, await runOptionsFrom(options));
      finish(printAnswer(answer, options.format, tuneText));
    });
}

async function run(file: string, args: readonly string[], options: RunFlags): Promise<number> {
  const runOptions = await runOptionsFrom(options);
  if (options.program === true) return runWhole(file, args, options, runOptions);
  if (options.sweep !== undefined) return sweep(file, options.sweep, options, runOptions);
  const result = await runKernelOfFile(file, options.kernel, { ...runOptions, check: options.check === true });
  if (options.format === 'json') printJson(runJson(result));
  else print(runText(result));
  if (result.status !== 'ok') return exitCodes.failed;
  return isDoubtful(result) ? exitCodes.problems : exitCodes.ok;
}

async function runWhole(
  file: string,
  args: readonly string[],
  { executable, trace, format }: RunFlags,
  runOptions: RunOptions,
): Promise<number> {
  const launch = { args, ...(executable === undefined ? {} : { program: path.resolve(executable) }) };
  const result = await runProgramOfFile(file, launch, runOptions);
  if (format === 'json') printJson(result);
  else print(programText(result));
  if (trace !== undefined) await writeTrace(result, trace);
  if (result.status !== 'ok') return exitCodes.failed;
  return result.exitCode === 0 ? exitCodes.ok : exitCodes.problems;
}

async function sweep(file: string, wish: string | true, options: RunFlags, runOptions: RunOptions): Promise<number> {
  const [name = '', ...value] = wish === true ? [] : wish.split('=');
  const range = wish === true ? undefined : { name: name.trim(), value: value.join('=').trim() };
  return printAnswer(await sweepOfFile(file, options.kernel, range, runOptions), options.format, sweepText);
}
