import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { bare } from '../model/symbolic';
import { comparison, conditionsAt, mirror } from './lib/conditions';
import { sharedPlace, type Place } from './lib/places';
import {
  blocks,
  component,
  componentNames,
  direct,
  everything,
  influencesOf,
  isUnknown,
  nothing,
  threads,
  throughMemory,
  type Influence,
} from './lib/influence';
import { reportedWhereActive } from './lib/launched';
import { atomicFix } from './lib/atomic-fix';
import { singledAt, takesTurns } from './lib/single-thread';
import { msg, type Message, type Report, type Rule } from './rule';

/**
 * Threads read, change and write back one and the same place of memory without an atomic: what one of them adds is lost when another
 * writes at the same time. The sum comes out too small, and different each time.
 */
export const racyAccumulation: Rule = {
  id: 'racy-accumulation',
  severity: 'error',
  summary: 'Several threads update the same place of memory at once, without an atomic.',
  run: reportedWhereActive(findUpdates, report),
};

/** An update that is safe only as far as its index tells the threads apart. */
export interface Update {
  /** The assignment, increment or decrement. */
  readonly node: SyntaxNode;
  readonly place: Place;
  /** `+`, `-`, `|` …; `max` or `min` where the larger or smaller value is kept. */
  readonly operator: string;
  readonly value: SyntaxNode | undefined;
  /** Components of threadIdx and blockIdx that choose the place, or of which one value only gets here. */
  readonly separated: Influence;
  /** Those that choose it by what they read: a histogram. */
  readonly found: Influence;
  /** Adds a constant: counts how often a place was chosen, so that it is chosen more than once. */
  readonly counts: boolean;
}

function findUpdates(fn: FunctionFacts, { evaluator }: Analysis): Update[] {
  const text = fn.body?.text ?? '';
  if (takesTurns(text)) return [];
  const influences = influencesOf(fn, evaluator);
  const body = bodyOf(fn);
  const updates: Update[] = [];
  for (const node of [...body.of('update_expression'), ...body.of('assignment_expression')]) {
    const change = changeOf(node, fn);
    const place = change && sharedPlace(change.target, fn, evaluator.index);
    if (!change || !place) continue;
    const index = place.indices.reduce((sum, i) => sum | influences.of(i), nothing);
    if (isUnknown(index)) continue;
    const alone = singledAt(node, fn, evaluator);
    if (isUnknown(alone)) continue;
    const { operator, value, counts } = change;
    updates.push({
      node,
      place,
      operator,
      value,
      separated: alone === nothing ? direct(index) & ~merged(place, fn) : direct(index) | alone,
      found: throughMemory(index),
      counts,
    });
  }
  return updates;

  /** What `bins[i % 10]` and `sums[i / 32]` lose of the thread's number in the whole grid. */
  function merged(place: Place, of: FunctionFacts): Influence {
    const [only] = place.indices;
    const bits = only && place.indices.length === 1 ? direct(influences.of(only)) : nothing;
    if (!only || (bits & threads) === 0 || (bits & blocks) === 0) return nothing;
    const e = bare(evaluator.resolveText(only.text, { at: only, function: of }));
    const folded = e.kind === 'binary' ? evaluator.fold(e.right) : undefined;
    const size = folded && 'ok' in folded && typeof folded.ok.value === 'bigint' ? folded.ok.value : 0n;
    if (e.kind !== 'binary' || size < 1n || (e.op === '/' && size < 2n)) return nothing;
    // Neighbours share a quotient. A remainder repeats from block to block, but a large one may be larger than the grid.
    if (e.op === '/' || e.op === '>>') return threads;
    return (e.op === '%' || e.op === '&') && size <= mostBins ? everything : nothing;
  }
}

/** A grid of fewer threads is unusual. */
const mostBins = 1024n;

interface Change {
  readonly target: SyntaxNode;
  readonly operator: string;
  readonly value: SyntaxNode | undefined;
  readonly counts: boolean;
}

/** `p += v`, `p++`, `p = p + v`, `p = max(p, v)`, `if (v > p) p = v`. */
function changeOf(node: SyntaxNode, fn: FunctionFacts): Change | undefined {
  if (node.type === 'update_expression') {
    const target = node.child('argument');
    return target && { target, operator: node.child('operator')!.text[0]!, value: undefined, counts: true };
  }
  const [target, value] = [node.child('left'), node.child('right')];
  const op = node.child('operator')?.text ?? '';
  if (!target || !value) return undefined;
  if (op !== '=') {
    const counts = /^[+-]=$/.test(op) && /^[\d.]+[a-zA-Z]*$/.test(value.text);
    return { target, operator: op.slice(0, -1), value, counts };
  }
  return sameAndMore(target, value) ?? keptLargest(target, value, node, fn);
}

function sameAndMore(target: SyntaxNode, value: SyntaxNode): Change | undefined {
  const own = plain(target);
  const inner = unparenthesized(value);
  if (inner.type === 'binary_expression') {
    const [left, right] = [inner.child('left')!, inner.child('right')!];
    const operator = inner.child('operator')!.text;
    if (!/^[-+*/|&^]$/.test(operator)) return undefined;
    const other = plain(left) === own ? right : plain(right) === own && operator !== '-' ? left : undefined;
    const counts = other !== undefined && /^[+-]$/.test(operator) && /^[\d.]+[a-zA-Z]*$/.test(other.text);
    return other && { target, operator, value: other, counts };
  }
  if (inner.type !== 'call_expression') return undefined;
  const name = /^(?:std::|::)?f?(max|min)f?$/.exec(inner.child('function')?.text ?? '')?.[1];
  const args = inner.child('arguments')?.children ?? [];
  const other = args.length === 2 ? args.find((arg) => plain(arg) !== own) : undefined;
  return name !== undefined && other && args.some((arg) => plain(arg) === own)
    ? { target, operator: name, value: other, counts: false }
    : undefined;
}

/** The place is compared with the value that it then gets. */
function keptLargest(target: SyntaxNode, value: SyntaxNode, node: SyntaxNode, fn: FunctionFacts): Change | undefined {
  for (const held of conditionsAt(node, fn)) {
    const compared = comparison(held);
    if (!compared) continue;
    for (const { left, op, right } of [compared, mirror(compared)]) {
      if (plain(left) !== plain(value) || plain(right) !== plain(target) || !/^[<>]/.test(op)) continue;
      return { target, operator: op.startsWith('>') ? 'max' : 'min', value, counts: false };
    }
  }
  return undefined;
}

/** Text without blanks and outer parentheses. */
function plain(node: SyntaxNode): string {
  return unparenthesized(node).text.replace(/\s+/g, '');
}

function report(update: Update, active: Influence, launched: boolean, analysis: Analysis): Report[] {
  const { place, separated, found } = update;
  const scope = place.memory === 'shared' ? threads : everything;
  const missing = active & scope & ~separated;
  if (missing === nothing) return [];
  // A kernel may read threadIdx.y although its blocks have one row, and its grid too.
  const inRows = component('threadIdx', 'x') | component('blockIdx', 'x');
  const oneRow = (missing & blocks) === nothing || (missing & inRows) === nothing;
  if (!launched && separated & threads & active && oneRow) return [];
  const byData = (missing & found) !== 0;
  // `out[perm[i]] += v` may hit each place once.
  if (byData && (missing & ~found) === 0 && !update.counts) return [];
  return [
    {
      span: place.node.span,
      message: message(update, missing, active & scope, byData),
      fixes: atomicFix(update, analysis),
    },
  ];
}

function message({ place }: Update, missing: Influence, active: Influence, byData: boolean): Message {
  const name = `'${place.node.text}'`;
  if (byData)
    return msg('threads that find the same index update {0} at once: without an atomic, some updates are lost', name);
  if (missing === active) return msg('all threads update {0} at once: without an atomic, some updates are lost', name);
  if ((missing & threads) === 0)
    return msg('every block updates {0} at the same time: without an atomic, some updates are lost', name);
  return msg(
    'threads that differ only in {0} update the same {1} at once: without an atomic, some updates are lost',
    componentNames(missing).join(', '),
    name,
  );
}
