/** What was seen in a plan's memory, as findings for the user. Indices count scalars unless they say otherwise. Pure. */
import * as l10n from '@vscode/l10n';
import type { Finding } from '../../../../protocol/src';
import { elementName, scalarsOf, type PlannedMemory } from '../planned-memory';

/** A damaged guard zone: the byte nearest to the memory, from its start (negative before it). */
export function outOfBounds(memory: PlannedMemory, side: 'before' | 'after', byte: number, damaged: number): Finding {
  const { name, count, element } = memory;
  const index = Math.floor(byte / element.bytes);
  const more = damaged > element.bytes ? ` ${l10n.t('({0} bytes in all)', damaged)}` : '';
  const message =
    side === 'after'
      ? l10n.t(
          'The kernel wrote past the end of {0}, which has {1} elements: {0}[{2} + {3}] is changed{4}.',
          name,
          count.toLocaleString('en-US'),
          count,
          index - count,
          more,
        )
      : l10n.t('The kernel wrote before the start of {0}: {0}[{1}] is changed{2}.', name, index, more);
  return { kind: 'outOfBounds', buffer: name, side, index, message };
}

export function inputChanged(memory: PlannedMemory, index: number): Finding {
  const element = elementName(memory, index);
  const message = memory.constant
    ? l10n.t('The kernel changed {0}, which is declared const: the first difference is at {1}.', memory.name, element)
    : l10n.t(
        'The kernel changed {0}, which it only seems to read: the first difference is at {1}.',
        memory.name,
        element,
      );
  return { kind: 'inputChanged', buffer: memory.name, index, message };
}

export function notFinite(memory: PlannedMemory, nan: number, infinite: number, first: number, hint?: string): Finding {
  const [nans, infinities] = [nan, infinite].map((count) => count.toLocaleString('en-US')) as [string, string];
  const counts =
    infinite === 0
      ? `${nans} NaN`
      : nan === 0
        ? l10n.t('{0} infinite values', infinities)
        : l10n.t('{0} NaN and {1} infinite values', nans, infinities);
  const message = [
    l10n.t(
      '{0} holds {1} (of {2}) after the first launch, with none in what the kernel was given; the first is {3}.',
      memory.name,
      counts,
      scalarsOf(memory).toLocaleString('en-US'),
      elementName(memory, first),
    ),
    ...(hint === undefined ? [] : [hint]),
    l10n.t('Where the inputs are at fault, a directive gives others: `A=random(1, 2)`.'),
  ].join(' ');
  return { kind: 'notFinite', buffer: memory.name, nan, infinite, message };
}

/** The plan and the compiler disagree about the size of a structure or a variable, in bytes. */
export function sizeMismatch({ name, planned, actual }: { name: string; planned: number; actual: number }): string {
  return l10n.t(
    "The plan takes {0} to be {1} bytes, but the compiler makes it {2}: its layout was misread. Please report it; until then, Run Program runs the kernel with the program's own values.",
    name,
    planned.toLocaleString('en-US'),
    actual.toLocaleString('en-US'),
  );
}
