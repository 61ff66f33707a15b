import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import type { SharedVariable } from '../model/types';
import { bare } from '../model/symbolic';
import { axes, decidableLaunches, known, type LaunchView } from './lib/common';
import { msg, type Fix, type Report, type Rule } from './rule';

/**
 * The kernel uses `extern __shared__` memory, whose size is the third launch argument, and the launch has none: the array has no
 * elements and every access to it is out of bounds.
 */
export const dynamicSmemMissing: Rule = {
  id: 'dynamic-smem-missing',
  severity: 'error',
  summary: 'A kernel with dynamic shared memory is launched without any.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check(view: LaunchView, analysis: Analysis): Report[] {
  const { launch, kernel, kernelFacts: fn, facts } = view;
  const third = facts.configArguments[2];
  if (!kernel || !fn || (third && !/^0[uUlLzZ]*$/.test(third.text.trim()))) return [];
  const used = kernel.shared.find((variable) => variable.dynamic && surelyUsed(fn, variable));
  if (!used) return [];
  return [
    {
      span: launch.configSpan,
      message: msg(
        "'{0}' has no memory: the launch does not say how many bytes of dynamic shared memory {1} needs",
        used.name,
        `'${kernel.name}'`,
      ),
      fixes: sizeFix(view, used, analysis),
    },
  ];
}

/** The array is used outside conditions that the launch may have made false. */
function surelyUsed(fn: FunctionFacts, variable: SharedVariable): boolean {
  const parameters = new Set<string>([
    ...fn.parameters.map((p) => p.variable.name),
    ...fn.templateParameters.flatMap((p) => p.text.split(/[\s=.]+/)),
  ]);
  for (const node of fn.body?.walk() ?? []) {
    if (node.type !== 'identifier' || node.text !== variable.name || node.start === variable.span.start) continue;
    if (node.parent?.type === 'sizeof_expression') continue;
    let decided = true;
    for (const outer of node.upwards()) {
      if (outer === fn.body) break;
      if (/^preproc_/.test(outer.type)) decided = false;
      const condition = /^(if_statement|switch_statement|while_statement|conditional_expression)$/.test(outer.type)
        ? outer.child('condition')
        : undefined;
      // `if (useShared)`: a condition on parameters alone is the same for every thread.
      if (
        condition &&
        (condition.text.match(/[A-Za-z_]\w*/g) ?? []).some((name) => parameters.has(name)) &&
        !/\b(?:threadIdx|tid|i|idx)\b/.test(condition.text)
      )
        decided = false;
    }
    if (decided) return true;
  }
  return false;
}

/** One element a thread is what most kernels keep in it. */
function sizeFix({ block, launch, facts }: LaunchView, variable: SharedVariable, { evaluator }: Analysis): Fix[] {
  const [node, third] = [block.node, facts.configArguments[2]];
  if (!node || (!third && launch.form !== 'chevrons') || evaluator.types.size(variable.type) === undefined) return [];
  const threads = threadCount(
    node.text,
    block.exprs,
    launch.block,
    evaluator.resolveText(node.text, { at: node, function: facts.function }).kind === 'list',
  );
  if (threads === undefined) return [];
  const bytes = `${threads} * sizeof(${variable.type})`;
  const edit = third
    ? { span: third.span, newText: bytes }
    : { span: { start: node.end, end: node.end }, newText: `, ${bytes}` };
  return [{ title: msg('Give each thread one element: {0}', bytes), edits: [edit], preferred: true }];
}

function threadCount(
  text: string,
  exprs: LaunchView['block']['exprs'],
  value: LaunchView['launch']['block'],
  isDim3: boolean,
): string | undefined {
  const used = axes.filter((axis) => known(value[axis]) !== 1n);
  if (/^[A-Za-z_]\w*$/.test(text)) {
    if (!isDim3) return used.some((axis) => axis !== 'x') ? undefined : text;
    return (used.length === 0 ? ['x'] : used).map((axis) => `${text}.${axis}`).join(' * ');
  }
  const list = /^(?:dim3\s*)?[({]([^(){}]*)[)}]$/.exec(text);
  if (list)
    return list[1]!
      .split(',')
      .map((part) => (/^\w+$/.test(part.trim()) ? part.trim() : `(${part.trim()})`))
      .join(' * ');
  if (exprs.slice(1).some((expr) => bare(expr).kind !== 'number')) return undefined;
  return /^\w+$/.test(text) ? text : `(${text})`;
}
