import { Symbolic } from '../model/symbolic';
import type { SyntaxNode } from '../parse';
import { decidableLaunches, known, type LaunchView } from './lib/common';
import { msg, type Report, type Rule } from './rule';

/** Names for the number of threads in a block, and for the number of blocks, that nobody uses for the other. */
const threadNames =
  /^(?:[nk]|num_?|number_?of_?)?_?(?:threads?|threads?_?(?:per|in)_?block|tpb|block_?(?:size|dims?)|block_?threads)(?:_?(?:x|1d|2d|count|num))?$/i;
const blockNames =
  /^(?:[nk]|num_?|number_?of_?)?_?(?:blocks|blocks_?(?:per|in)_?grid|grid|grid_?(?:size|dims?))(?:_?(?:x|1d|2d|count|num))?$/i;

/** `<<<threads, blocks>>>`: the number of blocks comes first. Swapped, the launch runs with other sizes, or fails. */
export const launchConfigSwapped: Rule = {
  id: 'launch-config-swapped',
  severity: 'error',
  summary: 'The launch has the block size where the number of blocks belongs.',
  run: (analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return decidableLaunches(analysis).flatMap((view) => check(view, symbolic));
  },
};

function check(view: LaunchView, symbolic: Symbolic): Report[] {
  const [first, second] = view.facts.configArguments;
  if (!first || !second || !swapped(view, first, second, symbolic)) return [];
  const span = { start: first.start, end: second.end };
  const edits = [
    { span: first.span, newText: second.text },
    { span: second.span, newText: first.text },
  ];
  const message = msg(
    "'{0}' is the size of a block, but the number of blocks comes first: <<<{1}, {0}>>>",
    first.text,
    second.text,
  );
  return [{ span, message, fixes: [{ title: msg('Exchange grid and block'), edits, preferred: true }] }];
}

function swapped(
  { grid, block, launch }: LaunchView,
  first: SyntaxNode,
  second: SyntaxNode,
  symbolic: Symbolic,
): boolean {
  const sized = threadNames.test(first.text);
  const counted = blockNames.test(second.text);
  // The same number either way: nothing would change.
  const [blocks, threads] = [known(launch.grid.x), known(launch.block.x)];
  if (blocks !== undefined && blocks === threads) return false;
  if (sized && counted) return true;
  if (!sized && !(counted && /^\d+$/.test(first.text))) return false;
  // One block for each `first.text` elements stands where the block belongs.
  const division = symbolic.ceilDivision(block.exprs[0]);
  return division !== undefined && symbolic.same(division.divisor, grid.exprs[0]);
}
