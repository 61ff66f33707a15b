/** The edits that make a configuration the source's own. Pure. */
import * as l10n from '@vscode/l10n';
import type { PlanFailure, TunedValue } from '../../../protocol/src';
import { findDirectives, directivesOfKernel, directivesOfLaunch } from '../analysis/directive';
import { buildModel, type Kernel, type Launch } from '../analysis';
import { chooseLaunch, plannedKernel } from '../runner';
import type { TextEdit } from './knobs';
import { requestOf, sameValues, trialsOf, type TuningSource } from './trials';

export interface Application {
  readonly edits: readonly TextEdit[];
  /** One sentence: what they change. */
  readonly message: string;
}

export function applicationOf(source: TuningSource, values: readonly TunedValue[]): Application | PlanFailure {
  const found = trialsOf(source);
  if ('message' in found) return found;
  const trial = found.trials.find((candidate) => sameValues(candidate.values, values));
  if (trial === undefined) {
    return {
      message: l10n.t('The source has changed, and this configuration is none of its own any more: tune again.'),
    };
  }
  const inProgram = trial.edits ?? [];
  const inDirective = directiveEdits(source, trial.overrides);
  const names = values.map(({ name, value }) => `${name} = ${value}`).join(', ');
  if (trial.current) return { message: l10n.t('The source says so already: {0}.', names) };
  const message =
    inDirective.length === 0
      ? l10n.t('The source now says {0}.', names)
      : inProgram.length > 0
        ? l10n.t('The source and its directive now say {0}.', names)
        : l10n.t(
            'The directive now says {0}. It holds for Kernel Lens only: the program computes its own launch, which no edit here can change.',
            names,
          );
  return { edits: [...inProgram, ...inDirective], message };
}

/** Names in the directive get their value, the chosen one first among alternatives; names that are not there are added. */
function directiveEdits(source: TuningSource, overrides: ReadonlyMap<string, string>): TextEdit[] {
  if (overrides.size === 0) return [];
  const { text } = source;
  const parsed = source.parser.parse(text);
  try {
    const model = buildModel(parsed, source.imports);
    const kernel = plannedKernel(model, source.kernel);
    if ('message' in kernel) return [];
    const { launch } = chooseLaunch(requestOf(source, model, text), kernel);
    return editsIn(text, kernel, launch, overrides);
  } finally {
    parsed.dispose();
  }
}

function editsIn(
  text: string,
  kernel: Kernel,
  launch: Launch | undefined,
  overrides: ReadonlyMap<string, string>,
): TextEdit[] {
  const all = findDirectives(text);
  const comments = [...directivesOfKernel(all, kernel), ...(launch ? directivesOfLaunch(all, launch, text) : [])];
  const edits: TextEdit[] = [];
  const missing: string[] = [];
  for (const [name, value] of overrides) {
    const items = comments.flatMap((comment) => comment.items.filter((item) => item.name === name));
    const item = items.at(-1);
    if (item?.value) edits.push({ span: item.value.span, newText: chosenFirst(item.value.text, value) });
    else missing.push(`${name}=${value}`);
  }
  if (missing.length === 0) return edits;
  const line = lineStart(text, kernel.span.start);
  const indent = /^[ \t]*/.exec(text.slice(line))?.[0] ?? '';
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const newText = `${indent}// kernel-lens: ${missing.join(', ')}${end}`;
  return [...edits, { span: { start: line, end: line }, newText }];
}

/** `8|16|32` with 32 chosen: `32|8|16`, so that the list is there for the next time. */
function chosenFirst(written: string, value: string): string {
  const alternatives = written.split('|').map((part) => part.trim());
  if (alternatives.length < 2 || !alternatives.includes(value)) return value;
  return [value, ...alternatives.filter((other) => other !== value)].join('|');
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}
