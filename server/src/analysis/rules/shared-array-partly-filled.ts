import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import { threadsPerBlock } from '../model/devices';
import type { Memory } from '../model/environment';
import type { LaunchFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { decidableLaunches, type LaunchView } from './lib/common';
import { launchedKernel, rememberByLaunch, type LaunchedKernel } from './lib/launched-kernel';
import { firstThread, Reached, threadText, type Pass } from './lib/reached';
import { sharedIndices, type SharedIndex } from './lib/shared-indices';
import { msg, type Message, type Report, type Rule } from './rule';

/**
 * Each thread writes its own element of a shared tile, the block is smaller than the tile, and the kernel reads the whole tile: the rest
 * holds whatever was there before.
 */
export const sharedArrayPartlyFilled: Rule = {
  id: 'shared-array-partly-filled',
  severity: 'error',
  summary: 'A kernel reads an element of a shared array that no thread of the launched block writes.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check(view: LaunchView, analysis: Analysis): Report[] {
  const launched = launchedKernel(view, analysis);
  if (!launched || (launched.threads ?? Infinity) > threadsPerBlock) return [];
  const message = rememberByLaunch(memory, launched.fn, view.facts, analysis, () => search(launched));
  return message ? [{ span: view.launch.block.span, message }] : [];
}

const memory: Memory<WeakMap<LaunchFacts, Message | undefined>> = new WeakMap();

function search(launched: LaunchedKernel): Message | undefined {
  const byArray = new Map<string, SharedIndex[]>();
  for (const access of sharedIndices(launched)) {
    if (access.variable.specifiers.has('extern') || access.indices.some(({ extent }) => extent === undefined)) continue;
    byArray.set(access.variable.name, [...(byArray.get(access.variable.name) ?? []), access]);
  }
  for (const [name, accesses] of byArray) {
    const message = unwritten(name, accesses, launched);
    if (message) return message;
  }
  return undefined;
}

const noPass: Pass = new Map();

function unwritten(name: string, accesses: readonly SharedIndex[], launched: LaunchedKernel): Message | undefined {
  const { variable } = accesses[0]!;
  const mentions = bodyOf(launched.fn)
    .of('identifier')
    .filter(({ text }) => text === name);
  // Passed on, aliased or indexed in part: others may write it.
  if (mentions.length !== accesses.length + 1) return undefined;
  if (accesses.some(({ indices }) => indices.length !== variable.type.arrays)) return undefined;
  const reached = new Reached(launched);
  const written = new Set<string>();
  const writes = accesses.filter(({ node }) => isWritten(node));
  for (const access of writes) if (!collect(access, reached, launched, written)) return undefined;
  // One value a warp, say: who reads more of them than there are may not use them.
  if (!writes.some(({ node }) => byAll(node, reached, launched))) return undefined;
  for (const access of accesses) {
    if (writes.includes(access)) continue;
    for (const pass of reached.passes(access.node)) {
      const comes = reached.at(access.node, pass);
      const values = access.indices.map(({ node }) => reached.value(node, pass));
      const inside = (index: number, i: number): boolean => index >= 0 && index < access.indices[i]!.extent!;
      const thread = firstThread(launched.block, (x, y, z) => {
        const element = values.map((value) => value(x, y, z));
        return element.every(inside) && !written.has(element.join()) && comes?.(x, y, z) === 1;
      });
      if (!thread) continue;
      const element = values.map((value) => `[${value(...thread)}]`).join('');
      return msg(
        '{0} is read by thread {1}, but no thread of this block writes it',
        `${name}${element}`,
        threadText(thread, launched.block),
      );
    }
  }
  return undefined;
}

/** The elements that some thread may write here; false when that is not known. */
function collect(
  { node, indices }: SharedIndex,
  reached: Reached,
  { block }: LaunchedKernel,
  written: Set<string>,
): boolean {
  const values = indices.map((index) => reached.value(index.node, noPass));
  const unknown = firstThread(block, (x, y, z) => {
    const element = values.map((value) => value(x, y, z));
    if (element.some(Number.isNaN)) return true;
    written.add(element.join());
    return false;
  });
  return unknown === undefined && !insideMacro(node);
}

/** Every thread of the block surely comes here. */
function byAll(node: SyntaxNode, reached: Reached, { block }: LaunchedKernel): boolean {
  const comes = reached.at(node, reached.passes(node)[0] ?? noPass);
  return comes !== undefined && firstThread(block, (x, y, z) => comes(x, y, z) !== 1) === undefined;
}

/** The target of a plain or compound assignment. */
function isWritten(node: SyntaxNode): boolean {
  const parent = node.parent;
  return parent?.type === 'assignment_expression' && node.field === 'left';
}

function insideMacro(node: SyntaxNode): boolean {
  for (const outer of node.upwards()) if (outer.type === 'ERROR' || outer.type.startsWith('preproc_')) return true;
  return false;
}
