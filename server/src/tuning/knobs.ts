/** What can be turned to launch a kernel with other blocks: places in the text, each with the axes that follow it. Pure. */
import type { Launch, Span } from '../analysis';
import { componentsOf, definitionOf, initializerOf, literalAt, withoutComments } from './definitions';

export interface TextEdit {
  readonly span: Span;
  readonly newText: string;
}

export interface Knob {
  /** The constant's name; `block.x` where a literal stands in the launch. */
  readonly name: string;
  /** Axes of the block that are this number: 0, 1, 2. */
  readonly axes: readonly number[];
  readonly value: number;
  /** Undefined where the text has no such launch. */
  readonly edits: (value: number) => readonly TextEdit[] | undefined;
}

/** Knobs of a launch's block, in the order of its axes. An axis that no knob turns stays as it is. */
export function blockKnobs(text: string, launch: Launch): Knob[] {
  if (launch.form !== 'chevrons') return [];
  const code = withoutComments(text);
  const before = launch.span.start;
  const grid = componentsOf(code, launch.grid.span, before);
  const knobs = new Map<string, { axes: number[]; value: number; edits: Knob['edits'] }>();
  componentsOf(code, launch.block.span, before).forEach((span, axis) => {
    const literal = literalAt(code, span);
    if (literal) {
      const name = `block.${'xyz'[axis] ?? 'x'}`;
      const own = grid[axis];
      knobs.set(name, {
        axes: [axis],
        value: literal.value,
        edits: (value) => {
          const others = own ? gridEdits(code, own, before, literal.value, value) : [];
          const shared = sizeEdits(code, launch.shared.span, literal.value, value);
          return others && [{ span: literal.span, newText: String(value) }, ...others, ...shared];
        },
      });
      return;
    }
    const name = /^\s*([A-Za-z_]\w*)\s*$/.exec(code.slice(span.start, span.end))?.[1];
    const known = name === undefined ? undefined : knobs.get(name);
    if (known) {
      known.axes.push(axis);
      return;
    }
    const site = name === undefined ? undefined : definitionOf(code, name, before);
    if (name === undefined || !site) return;
    const edits = (value: number) => [{ span: site.span, newText: String(value) }];
    knobs.set(name, { axes: [axis], value: site.value, edits });
  });
  return [...knobs].map(([name, knob]) => ({ name, ...knob })).filter(({ value }) => value > 1 || knobs.size > 1);
}

/** A knob for any constant of the file: what a directive lists under its name. */
export function constantKnob(text: string, name: string): Knob | undefined {
  const site = definitionOf(withoutComments(text), name, text.length);
  return site && { name, axes: [], value: site.value, edits: (value) => [{ span: site.span, newText: String(value) }] };
}

/**
 * A literal block stands in the grid again: `(n + 255) / 256`. A grid that is a number by itself gets as many threads as
 * before, where that comes out even.
 */
function gridEdits(code: string, span: Span, before: number, from: number, to: number): TextEdit[] | undefined {
  const blocks = literalAt(code, span);
  if (blocks) {
    const threads = blocks.value * from;
    return threads % to === 0 ? [{ span: blocks.span, newText: String(threads / to) }] : undefined;
  }
  const name = /^\s*([A-Za-z_]\w*)\s*$/.exec(code.slice(span.start, span.end))?.[1];
  const place = name === undefined ? span : initializerOf(code, name, before);
  return place ? sizeEdits(code, place, from, to) : [];
}

/** The literals in an expression that are the block's size, or one less. */
function sizeEdits(code: string, { start, end }: Span, from: number, to: number): TextEdit[] {
  return [...code.slice(start, end).matchAll(/(?<![\w.])(\d+)(?=[uUlL]*(?![\w.]))/g)].flatMap(
    ({ index, 0: digits }) => {
      const difference = Number(digits) - from;
      if (difference !== 0 && difference !== -1) return [];
      const place = { start: start + index, end: start + index + digits.length };
      return [{ span: place, newText: String(to + difference) }];
    },
  );
}

export function applied(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => b.span.start - a.span.start);
  return ordered.reduce(
    (result, { span, newText }) => result.slice(0, span.start) + newText + result.slice(span.end),
    text,
  );
}
