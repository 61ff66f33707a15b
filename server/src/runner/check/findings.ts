/** What was seen in a plan's memory, as findings for the user. Indices count scalars unless they say otherwise. Pure. */
import type { Finding } from '../../../../protocol/src';
import { elementName, scalarsOf, type PlannedMemory } from '../planned-memory';

/** A damaged guard zone: the byte nearest to the memory, from its start (negative before it). */
export function outOfBounds(memory: PlannedMemory, side: 'before' | 'after', byte: number, damaged: number): Finding {
  const { name, count, element } = memory;
  const index = Math.floor(byte / element.bytes);
  const what =
    side === 'after'
      ? `The kernel wrote past the end of ${name}, which has ${plural(count, 'element')}: ${name}[${count} + ${index - count}] is changed`
      : `The kernel wrote before the start of ${name}: ${name}[${index}] is changed`;
  const more = damaged > element.bytes ? ` (${damaged} bytes in all)` : '';
  return { kind: 'outOfBounds', buffer: name, side, index, message: `${what}${more}.` };
}

export function inputChanged(memory: PlannedMemory, index: number): Finding {
  const element = elementName(memory, index);
  const why = memory.constant ? 'which is declared const' : 'which it only seems to read';
  const message = `The kernel changed ${memory.name}, ${why}: the first difference is at ${element}.`;
  return { kind: 'inputChanged', buffer: memory.name, index, message };
}

export function notFinite(memory: PlannedMemory, nan: number, infinite: number, first: number, hint?: string): Finding {
  const counts = [
    ...(nan > 0 ? [`${nan.toLocaleString('en-US')} NaN`] : []),
    ...(infinite > 0 ? [`${plural(infinite, 'infinite value')}`] : []),
  ].join(' and ');
  const all = scalarsOf(memory).toLocaleString('en-US');
  const message = `${memory.name} holds ${counts} (of ${all}) after the first launch, with none in what the kernel was given; the first is ${elementName(memory, first)}.${hint === undefined ? '' : ` ${hint}`} Where the inputs are at fault, a directive gives others: \`A=random(1, 2)\`.`;
  return { kind: 'notFinite', buffer: memory.name, nan, infinite, message };
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The plan and the compiler disagree about the size of a structure or a variable, in bytes. */
export function sizeMismatch({ name, planned, actual }: { name: string; planned: number; actual: number }): string {
  return `The plan takes ${name} to be ${plural(planned, 'byte')}, but the compiler makes it ${actual.toLocaleString('en-US')}: its layout was misread. Please report it; until then, Run Program runs the kernel with the program's own values.`;
}
