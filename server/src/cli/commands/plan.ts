/** `kernel-lens plan`. */
import type { Command } from 'commander';
import { createParser } from '../../analysis';
import { readParserAssets } from '../../assets';
import { common, elementsOption, setOption, settingsFrom, type RunFlags } from '../options';
import { planText } from '../plan-text';
import { withPlannedKernel } from '../run';
import { exitCodes, print, printJson } from '../terminal';
import type { Finish } from './finish';

export function addPlan(program: Command, finish: Finish): void {
  common(program.command('plan'))
    .description('how a kernel would be run, with the origin of every value, without running it')
    .argument('<file>', 'a .cu file')
    .option('--kernel <name>', 'the kernel; may be left out when the file has one')
    .addOption(setOption())
    .addOption(elementsOption())
    .action(async (file: string, options: RunFlags) => finish(await plan(file, options)));
}

async function plan(file: string, options: RunFlags): Promise<number> {
  const { set: overrides } = options;
  const parser = await createParser(await readParserAssets());
  const request = { parser, settings: settingsFrom(options), ...(overrides === undefined ? {} : { overrides }) };
  const answer = await withPlannedKernel(file, options.kernel, request, (planned) => Promise.resolve(planned.plan));
  const failed = 'status' in answer;
  if (options.format === 'json') printJson(answer);
  else if (failed) console.error(answer.message);
  else print(planText(answer));
  return failed ? exitCodes.failed : exitCodes.ok;
}
