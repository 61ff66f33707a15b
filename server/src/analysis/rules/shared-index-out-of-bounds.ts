import type { Analysis } from '../model/build';
import { threadsPerBlock } from '../model/devices';
import type { Memory } from '../model/environment';
import type { LaunchFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { decidableLaunches, type LaunchView } from './lib/common';
import { launchedKernel, rememberByLaunch, type LaunchedKernel } from './lib/launched-kernel';
import { firstThread, Reached, threadText } from './lib/reached';
import { sharedIndices, type SharedIndex } from './lib/shared-indices';
import { msg, type Message, type Report, type Rule } from './rule';

/**
 * A thread of the launched block indexes a shared array past its end, mostly because the array was made for a smaller block. What it
 * writes there belongs to another array or to nobody; nothing reports it.
 */
export const sharedIndexOutOfBounds: Rule = {
  id: 'shared-index-out-of-bounds',
  severity: 'error',
  summary: 'A thread of the launched block indexes a shared array out of its bounds.',
  run: (analysis) => {
    const told = new Set<SyntaxNode>();
    return decidableLaunches(analysis).flatMap((view) => check(view, analysis, told));
  },
};

interface Overrun {
  /** The access, where the kernel is at fault whatever the block's size. */
  readonly access: SyntaxNode | undefined;
  readonly message: Message;
}

function check(view: LaunchView, analysis: Analysis, told: Set<SyntaxNode>): Report[] {
  const launched = launchedKernel(view, analysis);
  if (!launched || (launched.threads ?? Infinity) > threadsPerBlock) return [];
  const overruns = rememberByLaunch(memory, launched.fn, view.facts, analysis, () => search(launched));
  // A block that is too large for one array often is for the others as well.
  const first = overruns.find(({ access }) => !access);
  return overruns.flatMap((overrun): Report[] => {
    const { access, message } = overrun;
    const launch = view.launch.block.span;
    if (!access) return overrun === first ? [{ span: launch, message }] : [];
    if (told.has(access)) return [];
    told.add(access);
    return [{ span: access.span, launch, message }];
  });
}

const memory: Memory<WeakMap<LaunchFacts, Overrun[]>> = new WeakMap();

/** One overrun an array. */
function search(launched: LaunchedKernel): Overrun[] {
  const reached = new Reached(launched);
  const overruns = new Map<string, Overrun>();
  for (const access of sharedIndices(launched)) {
    const name = access.variable.name;
    if (overruns.has(name) || access.variable.specifiers.has('extern')) continue;
    const found = overrun(access, launched, reached);
    if (found) overruns.set(name, found);
  }
  return [...overruns.values()];
}

function overrun(access: SharedIndex, launched: LaunchedKernel, reached: Reached): Overrun | undefined {
  const { block } = launched;
  for (const pass of reached.passes(access.node)) {
    const comes = reached.at(access.node, pass);
    if (!comes) return undefined;
    for (const [dimension, { node, extent }] of access.indices.entries()) {
      if (extent === undefined) continue;
      const index = reached.value(node, pass);
      const thread = firstThread(block, (x, y, z) => {
        const value = index(x, y, z);
        return (value < 0 || value >= extent) && comes(x, y, z) === 1;
      });
      if (!thread) continue;
      const [name, who] = [access.variable.name, threadText(thread, block)];
      const used = String(index(...thread));
      const message =
        access.indices.length === 1
          ? msg("'{0}' has {1} elements, but thread {2} of this block uses index {3}", name, extent, who, used)
          : msg(
              "dimension {0} of '{1}' has {2} elements, but thread {3} of this block uses index {4}",
              dimension + 1,
              name,
              extent,
              who,
              used,
            );
      const tooFew =
        block.some((size) => size! > extent) || (access.indices.length === 1 && launched.threads! > extent);
      return { access: tooFew && thread.some((t) => t > 0) ? undefined : access.node, message };
    }
  }
  return undefined;
}
