/** `kernel-lens history`. */
import { Option, type Command } from 'commander';
import { defaultCacheDirectory } from '../../session';
import { historyOfFile, type HistoryFlags } from '../history';
import { exitCodes, print } from '../terminal';
import type { Finish } from './finish';

export function addHistory(program: Command, finish: Finish): void {
  program
    .command('history')
    .description('the runs of a kernel that were made in a terminal')
    .argument('<file>', 'a .cu file')
    .requiredOption('--kernel <name>', 'the kernel')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'csv']).default('text'))
    .option('--pin <id>', 'compare later runs with this one; last: the last one')
    .option('--unpin', 'no baseline any more')
    .option('--clear', 'forget the runs; a baseline stays')
    .action(async (file: string, options: HistoryFlags) => finish(await showHistory(file, options)));
}

async function showHistory(file: string, flags: HistoryFlags): Promise<number> {
  const answer = await historyOfFile(file, flags, defaultCacheDirectory());
  if ('message' in answer) {
    console.error(answer.message);
    return exitCodes.failed;
  }
  print(answer.text);
  // With them the answer may be short of something.
  for (const warning of answer.warnings) console.error(warning);
  return answer.warnings.length === 0 ? exitCodes.ok : exitCodes.failed;
}
