import type { SyntaxNode } from '../parse';
import { bodyOf } from '../model/body';
import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import type { SharedVariable } from '../model/types';
import { bare } from '../model/symbolic';
import { axes, decidableLaunches, known, type LaunchView } from './lib/common';
import { conditionsAt, type Held } from './lib/conditions';
import { direct, influencesOf, nothing } from './lib/influence';
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
  const used = kernel.shared.find((variable) => variable.dynamic && surelyUsed(fn, variable, view, analysis));
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
function surelyUsed(fn: FunctionFacts, variable: SharedVariable, { facts }: LaunchView, analysis: Analysis): boolean {
  const parameters = new Set<string>([
    ...fn.parameters.map((p) => p.variable.name),
    ...fn.templateParameters.flatMap((p) => p.text.split(/[\s=.]+/)),
  ]);
  // `0` or `false` may be what says that there is no array.
  const maySayNo = (name: string): boolean => {
    const argument = facts.arguments[fn.parameters.findIndex((p) => p.variable.name === name)];
    if (!argument) return true;
    const value = analysis.evaluator.resolveText(argument.text, { at: argument, function: facts.function });
    const number = analysis.evaluator.evaluate(value);
    return (number.known && Number(number.value) === 0) || /^(?:false|nullptr|NULL)$/.test(argument.text);
  };
  const influences = influencesOf(fn, analysis.evaluator);
  // `if (useShared)`: a condition on parameters alone is the same for every thread; `t < n` is not, where there are any.
  const mayBeOff = ({ condition }: Held): boolean => {
    const names = (condition.text.match(/[A-Za-z_]\w*/g) ?? []).filter((name) => parameters.has(name));
    if (names.length === 0) return false;
    return direct(influences.of(condition)) === nothing || names.some(maySayNo);
  };
  const names = new Set([variable.name]);
  for (const node of bodyOf(fn).of('identifier')) {
    if (!names.has(node.text) || node.start === variable.span.start) continue;
    if (node.parent?.type === 'sizeof_expression') continue;
    if ([...node.upwards()].some(({ type }) => /^(?:preproc_|switch_)/.test(type))) continue;
    const alias = aliasMade(node);
    if (alias) names.add(alias);
    else if (node.field !== 'declarator' && !handedOn(node) && !conditionsAt(node, fn).some(mayBeOff)) return true;
  }
  return false;
}

/** The pointer that `T *p = (T *)smem + n;` declares: what counts is what is done with it. */
function aliasMade(node: SyntaxNode): string | undefined {
  for (const outer of node.upwards()) {
    if (/^(?:subscript_expression|assignment_expression|.*_statement)$/.test(outer.type)) return undefined;
    if (outer.type !== 'init_declarator' || outer.child('value')?.contains(node) !== true) continue;
    const declarator = outer.child('declarator');
    return declarator?.type === 'pointer_declarator' ? declarator.child('declarator')?.text : undefined;
  }
  return undefined;
}

/** A function that gets the whole array may leave it alone where, say, the block has one warp. */
function handedOn(node: SyntaxNode): boolean {
  const argument = node.parent?.type === 'binary_expression' && node.parent.child('left') === node ? node.parent : node;
  const list = argument.parent;
  return list?.type === 'argument_list' && !/^(?:atomic|__?\w+cast)/.test(list.parent?.text ?? '');
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
