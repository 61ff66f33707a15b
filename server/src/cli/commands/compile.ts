/** `kernel-lens asm` and `kernel-lens cost`: what the compiler makes of a file, without running it. */
import { Option, type Command } from 'commander';
import { createParser } from '../../analysis';
import { readParserAssets } from '../../assets';
import { assemblyJson, assemblyOfFile } from '../asm';
import { costJson, costOfFile } from '../cost';
import { costText } from '../cost-text';
import { common, settingsFrom, type CommonOptions } from '../options';
import { exitCodes, interrupted, print, printJson } from '../terminal';
import type { Finish } from './finish';

interface CostFlags extends Omit<CommonOptions, 'arch'> {
  arch: string[];
}

interface AsmFlags extends CostFlags {
  kernel?: string;
  ptx?: boolean;
  sass?: boolean;
}

export function addAsm(program: Command, finish: Finish): void {
  common(program.command('asm'), ['text', 'json'], 'one')
    .description('PTX or SASS of a file or of one kernel')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'this kernel only, and what it calls')
    .addOption(new Option('--ptx', 'PTX').conflicts('sass'))
    .option('--sass', 'SASS (what is shown without an option)')
    .action(async (file: string, options: AsmFlags) => finish(await asm(file, options)));
}

export function addCost(program: Command, finish: Finish): void {
  common(program.command('cost'), ['text', 'json'], 'many')
    .description('registers, spills, shared memory and occupancy of each kernel, without running it')
    .argument('<file>', 'a .cu file')
    .action(async (file: string, options: CostFlags) => finish(await cost(file, options)));
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
  const shared = await compilerOptions(others, arch);
  const answer = await assemblyOfFile(file, { ...shared, kernel, kind: ptx === true ? 'ptx' : 'sass' });
  if (options.format === 'json') printJson(assemblyJson(answer));
  else if (answer.status === 'ok') print(answer.text);
  if (answer.status === 'ok') return exitCodes.ok;
  return answer.status === 'failed' ? failed(answer, options.format) : exitCodes.failed;
}

async function compilerOptions(options: Omit<CommonOptions, 'arch'>, architectures: readonly string[]) {
  const parser = await createParser(await readParserAssets());
  return { parser, settings: settingsFrom(options), architectures, signal: interrupted };
}

/** What the compiler said, on standard error; as JSON it is in the answer. */
function failed({ message, output }: { message: string; output?: string }, format: string): number {
  if (format === 'text') console.error([message, output?.trim() ?? ''].filter((text) => text !== '').join('\n'));
  return exitCodes.failed;
}
