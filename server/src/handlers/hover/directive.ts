/** What the hover of a directive's item tells: what it sets, and what comes of it. */
import * as l10n from '@vscode/l10n';
import type { Fill, LaunchPlan, PlannedArgument } from '../../../../protocol/src';
import { bytes, dimensions } from '../../../../protocol/src/format';
import { directiveOf, type DirectivePlace, type Span } from '../../analysis';
import type { OpenDocument } from '../../documents';
import type { Session } from '../../session';
import { planFor } from '../run';

/** More values than fit a line are named by their ends. */
const mostListed = 8;

/** Markdown, with the item it is about. */
export function directiveHover(
  session: Session,
  document: OpenDocument,
  { items, scope }: DirectivePlace,
  offset: number,
): { readonly text: string; readonly span: Span } | undefined {
  const item = items.find(({ span: { start, end } }) => start <= offset && offset < end);
  if (!item || !scope) return undefined;
  const meaning = scope.meaningOf(item.name);
  const answer = planFor(session, document, scope.kernel.name);
  const lines = [
    `**${item.name}** · ${meaning.kind === 'reserved' ? settingText(meaning.name) : kindText(meaning.kind)}`,
  ];
  if ('plan' in answer) {
    const outcome = outcomeText(item.name, answer.plan);
    if (outcome !== undefined) lines.push(outcome);
  } else {
    lines.push(answer.message);
  }
  const { model, content: text } = document;
  const request = { model, text, kernel: scope.kernel, launch: scope.launch };
  const values = directiveOf(request).variations.find(({ name }) => name === item.name)?.values;
  if (values) {
    const shown = values.length > mostListed ? [...values.slice(0, 3), '…', ...values.slice(-2)] : values;
    lines.push(l10n.t('A sweep takes {0} values: {1}', values.length, shown.join(', ')));
  }
  return { text: lines.join('\n\n'), span: item.span };
}

/** What a reserved word sets. */
export function settingText(name: string): string | undefined {
  switch (name) {
    case 'block':
    case 'blockDim':
      return l10n.t('threads of a block');
    case 'grid':
    case 'gridDim':
      return l10n.t('blocks of the grid');
    case 'shared':
      return l10n.t('bytes of dynamic shared memory');
    case 'cluster':
      return l10n.t('blocks of a cluster');
    case 'cooperative':
      return l10n.t('a launch whose blocks can all synchronize');
    case 'check':
      return l10n.t('compares the results: with a host function, or with the kernel on the CPU');
    case 'flops':
      return l10n.t('floating point operations of one launch');
    case 'bytes':
      return l10n.t('bytes that one launch moves');
    case 'launch':
      return l10n.t('which launch of the file is planned');
    default:
      return undefined;
  }
}

function kindText(kind: string): string {
  switch (kind) {
    case 'scalar':
      return l10n.t('parameter');
    case 'buffer':
      return l10n.t('buffer behind a pointer');
    case 'template':
      return l10n.t('template parameter');
    case 'global':
      return l10n.t('variable on the device');
    default:
      return l10n.t('a value for other settings and for the variable of this name');
  }
}

function outcomeText(name: string, plan: LaunchPlan): string | undefined {
  const [first, ...path] = name.split('.');
  const argument = plan.arguments.find((candidate) => candidate.name === first);
  const value = path.length === 0 ? argument : memberOf(argument, path.join('.'));
  if (value !== undefined) return argumentText(value);
  const variable = plan.globals?.find((candidate) => candidate.name === name);
  if (variable !== undefined) return argumentText(variable);
  const named = plan.values?.find((candidate) => candidate.name === name);
  if (named !== undefined) return `= ${named.value.toLocaleString('en-US')}`;
  switch (name) {
    case 'block':
    case 'blockDim':
      return dimensions(plan.block);
    case 'grid':
    case 'gridDim':
      return dimensions(plan.grid);
    case 'shared':
      return bytes(plan.sharedBytes);
    case 'cluster':
      return plan.cluster && dimensions(plan.cluster);
    case 'check':
      return (
        plan.check && l10n.t('passes where |got − expected| ≤ {0} × max(1, |expected|)', String(plan.check.tolerance))
      );
    case 'flops':
      return plan.flops === undefined ? undefined : `= ${plan.flops.toLocaleString('en-US')}`;
    case 'bytes':
      return plan.bytes === undefined ? undefined : bytes(plan.bytes);
    case 'launch':
      return plan.launch && l10n.t('launch {0} of {1}', plan.launch.index + 1, plan.launch.count);
    default:
      return undefined;
  }
}

function memberOf(argument: PlannedArgument | undefined, path: string): PlannedArgument | undefined {
  return argument?.kind === 'struct' ? argument.members.find((member) => member.path === path)?.value : undefined;
}

function argumentText(argument: PlannedArgument): string | undefined {
  switch (argument.kind) {
    case 'scalar':
      return `= ${grouped(argument.value)}`;
    case 'buffer':
    case 'pointers': {
      const count = argument.count.toLocaleString('en-US');
      const size = bytes(argument.count * argument.element.bytes);
      return `${l10n.t('{0} elements ({1})', count, size)} · ${fillText(argument.fill)}`;
    }
    default:
      return undefined;
  }
}

/** Integers with their thousands apart, anything else as it is. */
function grouped(value: string): string {
  return /^-?\d{4,}$/.test(value) ? BigInt(value).toLocaleString('en-US') : value;
}

function fillText(fill: Fill): string {
  switch (fill.kind) {
    case 'constant':
      return l10n.t('filled with {0}', String(fill.value));
    case 'ramp':
      return l10n.t('filled with 0, 1, 2, …');
    case 'random':
      return l10n.t('filled with random values in [{0}, {1})', String(fill.low), String(fill.high));
  }
}
