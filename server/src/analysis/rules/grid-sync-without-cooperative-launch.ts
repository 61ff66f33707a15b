import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { findVariable } from '../model/reach';
import type { SyntaxNode } from '../parse';
import { deviceFunctions } from './lib/device-functions';
import { gatesOf } from './lib/barriers';
import { msg, type Rule } from './rule';

/** A barrier of the whole grid works only where the kernel was started by `cudaLaunchCooperativeKernel`; elsewhere it ends the kernel. */
export const gridSyncWithoutCooperativeLaunch: Rule = {
  id: 'grid-sync-without-cooperative-launch',
  severity: 'error',
  summary: 'A kernel that waits for its whole grid is launched with `<<<>>>`.',
  run: (analysis) =>
    deviceFunctions(analysis).flatMap(({ fn, views }) => {
      const chevrons = views.filter(({ launch }) => launch.form === 'chevrons');
      if (chevrons.length === 0 || !waitsForGrid(fn)) return [];
      return chevrons.map(({ launch, facts }) => ({
        span: facts.callee.span,
        message: msg(
          "'{0}' waits for its whole grid: launched with <<<>>> it fails at run time, it needs cudaLaunchCooperativeKernel",
          launch.kernelName,
        ),
        launch: facts.callee.span,
      }));
    }),
};

/** A call of `grid.sync()` or `sync(grid)` that depends on no condition. */
function waitsForGrid(fn: FunctionFacts): boolean {
  return bodyOf(fn)
    .of('call_expression')
    .some((node) => {
      const callee = node.child('function');
      const [only] = node.child('arguments')?.children ?? [];
      const group =
        callee?.type === 'field_expression'
          ? callee.child('field')?.text === 'sync'
            ? callee.child('argument')
            : undefined
          : /(?:^|::)sync$/.test(callee?.text ?? '')
            ? only
            : undefined;
      if (!group || !isGrid(group, fn)) return false;
      const gates = gatesOf(node, fn.body!);
      return gates?.every(({ kind }) => kind === 'loop') === true;
    });
}

function isGrid(node: SyntaxNode, fn: FunctionFacts): boolean {
  if (node.type === 'call_expression') return /(?:^|::)this_grid\s*\(\s*\)$/.test(node.text);
  const variable = node.type === 'identifier' ? findVariable(fn, node.text, node) : undefined;
  if (variable?.kind !== 'variable') return false;
  return (
    /(?:^|::)grid_group$/.test(variable.type.base) || /this_grid\s*\(\s*\)$/.test(variable.initial?.node.text ?? '')
  );
}
