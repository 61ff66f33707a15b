/** `kernel-lens check`. */
import { Option, type Command } from 'commander';
import manifest from '../../../../package.json';
import type { Severity } from '../../analysis';
import { check, parseRules, severities, type RuleChoice } from '../check';
import { common, findToolkit, settingsFrom, type CommonOptions } from '../options';
import { exitCodes, interrupted, print } from '../terminal';
import type { Finish } from './finish';

interface CheckFlags extends Omit<CommonOptions, 'format'> {
  format: 'text' | 'json' | 'sarif';
  nvcc: boolean;
  rules?: RuleChoice;
  severity: Severity;
  failOn: Severity;
  quiet: boolean;
}

export function addCheck(program: Command, finish: Finish): void {
  common(program.command('check'), ['text', 'json', 'sarif'])
    .description("nvcc's errors and Kernel Lens's own findings")
    .argument('<files...>', 'CUDA sources, and folders with them')
    .option('--no-nvcc', 'the lint only')
    .option('--rules <list>', 'which lint rules: a,b | all | default | -a | a=warning, by comma', parseRules)
    .addOption(new Option('--severity <level>', 'leave out what is below').choices(severities).default('hint'))
    .addOption(new Option('--fail-on <level>', 'exit with 1 from this level on').choices(severities).default('error'))
    .option('--quiet', 'no summary', false)
    .action(async (names: string[], options: CheckFlags) => finish(await checkSources(names, options)));
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
    signal: interrupted,
    print,
    say: (text) => console.error(text),
  });
  return { clean: exitCodes.ok, problems: exitCodes.problems, incomplete: exitCodes.failed }[verdict];
}
