/** What the rules about host code share: calls of the runtime, and where pointers come from. */
import type { SyntaxNode } from '../../parse';
import { bodyOf } from '../../model/body';
import type { Analysis } from '../../model/build';
import type { Environment } from '../../model/environment';
import type { FunctionFacts } from '../../model/facts';
import { lastPart } from '../../model/file-index';
import { findVariable } from '../../model/reach';
import { Pointers } from '../../model/pointers';
import type { MemoryKind, Provenance } from '../../model/provenance';
import type { Report, Rule } from '../rule';
import { decidableLaunchesIn, once } from './common';
import { functionsOf, isHost, perFunction } from './per-function';

export interface ApiCall {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly arguments: readonly SyntaxNode[];
}

const callsByFunction = new WeakMap<FunctionFacts, readonly ApiCall[]>();

/** The calls in a function by plain name (`cudaMemcpy`, `free`), launches and methods aside, in the order of the text. */
export function callsOf(fn: FunctionFacts): readonly ApiCall[] {
  return once(callsByFunction, fn, () =>
    bodyOf(fn)
      .of('call_expression')
      .flatMap((node) => {
        const callee = node.child('function');
        if (!callee || !/^(?:identifier|template_function|qualified_identifier)$/.test(callee.type)) return [];
        if (node.has('kernel_call_syntax')) return [];
        const name = callee.text.replace(/<[\s\S]*$/, '').replace(/^(?:::|std::)\s*/, '');
        return [{ name, node, arguments: node.child('arguments')?.children ?? [] }];
      }),
  );
}

const pointersByAnalysis = new WeakMap<Analysis, WeakMap<FunctionFacts, Pointers>>();

export function pointersOf(fn: FunctionFacts, analysis: Analysis): Pointers {
  const all = once(pointersByAnalysis, analysis, () => new WeakMap<FunctionFacts, Pointers>());
  return once(all, fn, () => new Pointers(fn, analysis.evaluator));
}

/**
 * A rule over host functions that mention one of the wanted names. A function's reports are kept as long as it, the kernels it launches
 * and what it sees of the file stay the same; pointers at file scope, which any function may set, are part of that.
 */
export function perHostFunction(
  wanted: RegExp,
  check: (fn: FunctionFacts, analysis: Analysis) => Report[],
): Rule['run'] {
  return perFunction(isHost, (fn, analysis) => (mentions(fn, wanted) ? check(fn, analysis) : []), ownerOf);
}

/** The same functions for a rule that looks at more of the file than that. */
export function hostFunctions(analysis: Analysis, wanted: RegExp): FunctionFacts[] {
  return functionsOf(analysis, isHost).filter((fn) => mentions(fn, wanted));
}

interface Owner {
  readonly pointers: object;
  readonly kernels: readonly FunctionFacts[];
}

const owners = new WeakMap<FunctionFacts, Owner>();
const checked = new WeakMap<Analysis, Set<FunctionFacts>>();

/** Another object as soon as something changes that reports about a host function may rest on. */
function ownerOf(fn: FunctionFacts, analysis: Analysis): Owner {
  const seen = once(checked, analysis, () => new Set());
  const known = owners.get(fn);
  if (known && seen.has(fn)) return known;
  seen.add(fn);
  const pointers = globalPointers(analysis);
  const kernels = kernelsOf(fn, analysis);
  const same =
    known?.pointers === pointers &&
    known.kernels.length === kernels.length &&
    known.kernels.every((kernel, i) => kernel === kernels[i]);
  if (same) return known;
  const owner = { pointers, kernels };
  owners.set(fn, owner);
  return owner;
}

/** What the function's launches may call. */
function kernelsOf(fn: FunctionFacts, analysis: Analysis): FunctionFacts[] {
  const { functions } = analysis.evaluator.index;
  const named = launchesIn(fn).flatMap((launch) => {
    const name = lastPart((launch.child('function')?.text ?? '').replace(/<[\s\S]*$/, ''));
    return (functions.get(name) ?? []).map(({ value }) => value);
  });
  const found = decidableLaunchesIn(fn, analysis).flatMap(({ kernelFacts }) => kernelFacts ?? []);
  return [...named, ...found];
}

function mentions(fn: FunctionFacts, wanted: RegExp): boolean {
  return callsOf(fn).some(({ name }) => wanted.test(name)) || (wanted.test('<<<') && launchesIn(fn).length > 0);
}

/** The `k<<<…>>>(…)` of a function. */
export function launchesIn(fn: FunctionFacts): readonly SyntaxNode[] {
  const nodes = bodyOf(fn).of('kernel_call_syntax');
  return nodes.length === 0 ? [] : nodes.map((node) => node.parent!);
}

const keys = new WeakMap<Analysis, object>();
const latest = new WeakMap<Environment, { readonly text: string }>();
const outside = new WeakMap<FunctionFacts, string>();

/** Everything the functions of the file do to names from outside them: an object that stays the same as long as that does. */
function globalPointers(analysis: Analysis): object {
  return once(keys, analysis, () => {
    const { facts, environment } = analysis.evaluator.index;
    const text = facts.flatMap(({ functions }) => functions.map(outsideEvents)).join('');
    const known = latest.get(environment);
    const key = known?.text === text ? known : { text };
    latest.set(environment, key);
    return key;
  });
}

function outsideEvents(fn: FunctionFacts): string {
  let text = outside.get(fn);
  if (text === undefined) {
    text = [...fn.events]
      .flatMap(([name, events]) => events.filter(({ node }) => !findVariable(fn, name, node)))
      .map(({ node }) => `${node.unit.id}.${node.offset};`)
      .join('');
    outside.set(fn, text);
  }
  return text;
}

export type Side = 'device' | 'host';

const sides: Readonly<Record<MemoryKind, Side | undefined>> = {
  device: 'device',
  heap: 'host',
  object: 'host',
  // The driver knows these wherever they are named, and takes them on either side of a copy.
  pinned: undefined,
  managed: undefined,
  symbol: undefined,
  unknown: undefined,
};

/** On which side all of a pointer's memory surely is, if on one. */
export function sideOf({ sources }: Provenance): Side | undefined {
  const [first, ...others] = sources;
  const side = first && sides[first.kind];
  return side && others.every(({ kind }) => sides[kind] === side) ? side : undefined;
}

/** Whether every source is of one of these kinds, and there is one. */
export function isOnly({ sources }: Provenance, ...kinds: readonly MemoryKind[]): boolean {
  return sources.length > 0 && sources.every(({ kind }) => kinds.includes(kind));
}
