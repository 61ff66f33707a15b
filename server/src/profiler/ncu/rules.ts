/** Nsight Compute's rules as advice: what promises the most first, each with the lines that it is about. Pure. */
import type { Advice, LineCost } from '../../../../protocol/src/profile';
import { parseNumber } from './csv';
import type { RuleMessage } from './details';

/** Lines shown with a piece of advice. */
const mostLines = 3;

/** A line counts when it has at least this share of what the advice is about. */
const worthNaming = 0.05;

/**
 * Speaks of memory that was allocated as compressible, which takes the driver's virtual memory functions; everyone else
 * is told to gain what cannot be had. It goes last, without its promise.
 */
const rarelyUseful = new Set(['MemoryL2Compression']);

export function adviceOf(rules: readonly RuleMessage[], lines: readonly LineCost[]): Advice[] {
  return rules
    .map((rule) => {
      const percent = parseNumber(rule.speedup);
      const scope = rule.speedupType === 'global' ? 'global' : 'local';
      const gain = percent === undefined || rarelyUseful.has(rule.rule) ? undefined : ({ scope, percent } as const);
      return {
        rule: rule.rule,
        section: rule.section,
        kind: kindOf(rule.type),
        text: rule.text,
        ...(gain === undefined ? {} : { gain }),
        lines: linesOf(rule, lines),
      };
    })
    .sort((a, b) => rank(b) - rank(a));
}

function kindOf(type: string): Advice['kind'] {
  if (type === 'OPT') return 'optimization';
  return type === 'WRN' || type === 'ERR' ? 'warning' : 'information';
}

/** A share of the run time counts before one of a section's own measure, both before words without a number. */
function rank({ gain, kind, rule }: Advice): number {
  if (rarelyUseful.has(rule)) return -1;
  if (gain !== undefined) return (gain.scope === 'global' ? 2000 : 1000) + gain.percent;
  return kind === 'information' ? 0 : 500;
}

function linesOf({ rule, text }: RuleMessage, lines: readonly LineCost[]): Advice['lines'] {
  const measure = measureOf(rule, text);
  if (measure === undefined) return [];
  const total = lines.reduce((sum, line) => sum + measure(line), 0);
  return lines
    .filter((line) => measure(line) > worthNaming * total && measure(line) > 0)
    .sort((a, b) => measure(b) - measure(a))
    .slice(0, mostLines)
    .map(({ file, line }) => ({ file, line }));
}

/** What stall reason the words of the rule about stalls speak of. */
const stallWords: readonly [RegExp, string][] = [
  [/scoreboard dependency on a L1TEX/, 'long_sb'],
  [/scoreboard dependency on (a|an) MIO/, 'short_sb'],
  [/MIO \(memory input\/output\) instruction queue|MIO instruction queue/, 'mio'],
  [/local and global \(LG\)/, 'lg'],
  [/sibling warps? at a CTA barrier|barrier/, 'barrier'],
  [/fixed latency execution dependency/, 'wait'],
  [/execution pipe/, 'math'],
  [/micro scheduler to select/, 'not_selected'],
  [/branch target/, 'branch_resolving'],
  [/memory barrier/, 'membar'],
  [/texture/, 'tex'],
  [/no instruction|instruction cache/, 'no_inst'],
  [/sleep/, 'sleep'],
];

function measureOf(rule: string, text: string): ((line: LineCost) => number) | undefined {
  if (/Uncoalesced(Global|Local)Access|MemoryCacheAccessPattern|GlobalExcessive/i.test(rule)) {
    return ({ excessiveSectors }) => excessiveSectors ?? 0;
  }
  if (/SharedMemoryConflicts|UncoalescedSharedAccess|SharedConflict/i.test(rule)) {
    return ({ excessiveWavefronts }) => excessiveWavefronts ?? 0;
  }
  if (/Divergen/i.test(rule)) return ({ divergentBranches }) => divergentBranches ?? 0;
  if (rule === 'CPIStall') {
    const reason = stallWords.find(([words]) => words.test(text))?.[1];
    if (reason !== undefined) return (line) => line.stalls.find((stall) => stall.reason === reason)?.samples ?? 0;
  }
  return undefined;
}
