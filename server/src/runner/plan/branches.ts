/** Branches of `#if` as nvcc takes them where the project gives it no macros. Pure. */
import { parseExpression } from '../../analysis/model/expression';
import { bound, isPoint } from './interval';

/** What stands for itself in host and device code, or differs between toolkits, decides nothing. */
const undecided = /^(?:__CUDA|CUDA|CUDART|_MSC|_WIN|WIN|__APPLE__|__HIP|HIP)/;
const compiler = /^(?:__CUDACC__|__NVCC__|__cplusplus|__GNUC__|__linux__|__x86_64__)$/;

interface Group {
  /** Whether the text around it counts. */
  readonly around: boolean;
  /** Some branch before was taken, or none can be decided on. */
  settled: boolean | 'undecided';
  counts: boolean;
}

/**
 * The text with the branches blanked that are not compiled; offsets and lines stay. Comments are blanked already. A branch
 * that defines or launches a kernel stays: whoever plans it has it compiled somehow.
 */
export function withoutUntakenBranches(text: string, isDefined: (name: string) => boolean): string {
  const macros = new Map<string, string>();
  const groups: Group[] = [];
  const blanked: [number, number][] = [];
  let from = 0;
  const counts = () => groups[groups.length - 1]?.counts ?? true;
  /** Ends a stretch of text that counts or does not, at a directive. */
  const end = (at: number, next: number) => {
    if (!counts() && !/__global__|<<</.test(text.slice(from, at))) blanked.push([from, at]);
    from = next;
  };
  for (const match of text.matchAll(/^[ \t]*#[ \t]*(\w+)((?:[^\n\\]|\\\r?\n|\\)*)/gm)) {
    const [whole, directive = '', rest = ''] = match;
    const at = match.index;
    const condition = rest.replace(/\\\r?\n/g, ' ').trim();
    if (/^(?:if|ifdef|ifndef)$/.test(directive)) {
      end(at, at + whole.length);
      const verdict = verdictOn(directive, condition, macros, isDefined);
      const around = counts();
      groups.push({ around, settled: verdict ?? 'undecided', counts: around && verdict !== false });
    } else if (/^(?:elif|else)$/.test(directive)) {
      const group = groups[groups.length - 1];
      if (group === undefined) continue;
      end(at, at + whole.length);
      if (group.settled === 'undecided') continue;
      const verdict = group.settled ? false : directive === 'else' || verdictOn('if', condition, macros, isDefined);
      group.counts = group.around && verdict !== false;
      group.settled = group.settled || (verdict ?? 'undecided');
    } else if (directive === 'endif') {
      end(at, at + whole.length);
      groups.pop();
    } else if (directive === 'define' && counts()) {
      const [, name = '', body = ''] = /^(\w+)\s*([\s\S]*)$/.exec(condition) ?? [];
      macros.set(name, body);
    }
  }
  const parts: string[] = [];
  let kept = 0;
  for (const [start, stop] of blanked) {
    parts.push(text.slice(kept, start), text.slice(start, stop).replace(/[^\n]/g, ' '));
    kept = stop;
  }
  return parts.join('') + text.slice(kept);
}

/** Undefined where it cannot be told. */
function verdictOn(
  directive: string,
  condition: string,
  macros: ReadonlyMap<string, string>,
  isDefined: (name: string) => boolean,
): boolean | undefined {
  if (undecided.test(condition.replace(/^!?\s*defined\s*\(?\s*/, ''))) return undefined;
  const defined = (name: string) => macros.has(name) || compiler.test(name) || isDefined(name);
  if (directive !== 'if') return /^\w+$/.test(condition) ? defined(condition) === (directive === 'ifdef') : undefined;
  let known = true;
  const text = condition
    .replace(/\bdefined\s*(?:\(\s*(\w+)\s*\)|(\w+))/g, (_, inner?: string, bare?: string) => {
      const name = inner ?? bare ?? '';
      if (undecided.test(name)) known = false;
      return defined(name) ? '1' : '0';
    })
    .replace(/[A-Za-z_]\w*/g, (name) => {
      const body = macros.get(name)?.trim();
      if (body !== undefined && /^\d+$/.test(body)) return body;
      // What is defined elsewhere, or is no plain number, may be anything.
      if (defined(name) || undecided.test(name)) known = false;
      return '0';
    });
  const value = known
    ? bound(
        parseExpression(
          text,
          () => undefined,
          () => false,
        ),
        { lookup: () => undefined },
      )
    : undefined;
  return isPoint(value) ? value.lo !== 0 : undefined;
}
