/** Branches of `#if` as nvcc takes them under the project's macros. Pure. */
import { isBranchTaken } from '../../analysis/model/branches';
import type { Macro, MacroLookup } from '../../analysis/model/tokens';

interface Group {
  /** Whether the text around it counts. */
  readonly around: boolean;
  /** Some branch before was taken, or none can be decided on. */
  settled: boolean | 'undecided';
  counts: boolean;
}

export interface TakenBranches {
  readonly text: string;
  /** Whether what stands at an offset is compiled; undefined where no macro decides. */
  readonly isTaken: (offset: number) => boolean | undefined;
}

/**
 * The text with the branches blanked that are not compiled; offsets and lines stay. Comments are blanked already. A branch
 * that defines or launches a kernel stays: whoever plans it has it compiled somehow. `included`: macros of headers and flags.
 */
export function withoutUntakenBranches(text: string, included: MacroLookup): TakenBranches {
  const macros = new Map<string, Macro | undefined>();
  const lookup: MacroLookup = (name) => (macros.has(name) ? macros.get(name) : included(name));
  const groups: Group[] = [];
  const untaken: [number, number][] = [];
  const open: [number, number][] = [];
  let from = 0;
  const counts = () => groups[groups.length - 1]?.counts ?? true;
  /** Ends a stretch of text that counts or does not, at a directive. */
  const end = (at: number, next: number) => {
    if (!counts()) untaken.push([from, at]);
    else if (groups.some(({ settled }) => settled === 'undecided')) open.push([from, at]);
    from = next;
  };
  for (const match of text.matchAll(/^[ \t]*#[ \t]*(\w+)((?:[^\n\\]|\\\r?\n|\\)*)/gm)) {
    const [whole, directive = '', rest = ''] = match;
    const at = match.index;
    const condition = rest.replace(/\\\r?\n/g, ' ').trim();
    if (/^(?:if|ifdef|ifndef)$/.test(directive)) {
      end(at, at + whole.length);
      const verdict = isBranchTaken(directive, condition, lookup);
      const around = counts();
      groups.push({ around, settled: verdict ?? 'undecided', counts: around && verdict !== false });
    } else if (/^(?:elif|else)$/.test(directive)) {
      const group = groups[groups.length - 1];
      if (group === undefined) continue;
      end(at, at + whole.length);
      if (group.settled === 'undecided') continue;
      const verdict = group.settled ? false : directive === 'else' || isBranchTaken('if', condition, lookup);
      group.counts = group.around && verdict !== false;
      group.settled = group.settled || (verdict ?? 'undecided');
    } else if (directive === 'endif') {
      end(at, at + whole.length);
      groups.pop();
    } else if (directive === 'define' && counts()) {
      const [, name = '', list, body = ''] = /^(\w+)(\([^)]*\))?\s*([\s\S]*)$/.exec(condition) ?? [];
      macros.set(name, list === undefined ? { body } : { body, parameters: list.slice(1, -1).split(',') });
    } else if (directive === 'undef' && counts()) {
      macros.set(condition, undefined);
    }
  }
  const parts: string[] = [];
  let kept = 0;
  for (const [start, stop] of untaken) {
    const branch = text.slice(start, stop);
    if (/__global__|<<</.test(branch)) continue;
    parts.push(text.slice(kept, start), branch.replace(/[^\n]/g, ' '));
    kept = stop;
  }
  const within = (ranges: readonly [number, number][], at: number) =>
    ranges.some(([start, stop]) => start <= at && at < stop);
  return {
    text: parts.join('') + text.slice(kept),
    isTaken: (offset) => (within(untaken, offset) ? false : within(open, offset) ? undefined : true),
  };
}
