import { bodyOf } from '../model/body';
import type { Analysis } from '../model/build';
import { findAllocation } from '../model/lookups';
import { isElsewhere } from '../model/positions';
import { mentionsRemainder, Symbolic } from '../model/symbolic';
import { findAccesses, type Access, type AxisUse, type HalfGuarded, type KernelAccesses } from './lib/accesses';
import { elementsOf } from './lib/array-elements';
import { axes, known, type Axis, type LaunchView } from './lib/common';
import { checksRemainder, gridForm, isMultiple, type GridForm, parametersGiven } from './lib/grid-form';
import { boundFor, guardFixes, type Bound } from './lib/guard-fix';
import { launchesByKernel } from './lib/launched';
import { msg, type Message, type Report, type Rule, type Severity } from './rule';

/**
 * Every thread of the grid uses its own element, and the launch starts more threads than there are elements (or would, for another
 * size): the last block reads and writes past the end.
 */
export const missingBoundsGuard: Rule = {
  id: 'missing-bounds-guard',
  severity: 'error',
  summary: 'Threads past the end of the data are not kept from using it.',
  run: (analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return [...launchesByKernel(analysis).values()].flatMap((views) => checkKernel(views, analysis, symbolic));
  },
};

interface Problem {
  readonly access: Access;
  readonly view: LaunchView;
  readonly severity: Severity;
  readonly message: Message;
}

function checkKernel(views: readonly LaunchView[], analysis: Analysis, symbolic: Symbolic): Report[] {
  const fn = views[0]!.kernelFacts!;
  const found = findAccesses(fn, analysis.evaluator);
  const open = found.accesses.some(({ unguarded, halfGuarded }) => unguarded.length + halfGuarded.length > 0);
  if (!open) return [];
  let worst: Problem | undefined;
  for (const view of views) {
    const problem = checkLaunch(view, found, analysis, symbolic);
    if (problem && (!worst || (worst.severity !== 'error' && problem.severity === 'error'))) worst = problem;
  }
  if (!worst) return [];
  const bounds = boundsOf(worst.view, found, analysis, symbolic);
  return [
    {
      severity: worst.severity,
      span: worst.access.node.span,
      launch: worst.view.launch.nameSpan,
      message: isElsewhere(worst.access.node.span) ? fromAfar(worst) : worst.message,
      fixes: guardFixes(fn, worst.access, found, bounds, analysis.evaluator),
    },
  ];
}

/** What the launch is told of a kernel in an included file. */
function fromAfar({ access, view }: Problem): Message {
  return msg(
    "'{0}' uses '{1}' without a bound: the launch starts threads past the end of the data, which use what lies behind it",
    view.launch.kernelName,
    access.node.text,
  );
}

function checkLaunch(
  view: LaunchView,
  found: KernelAccesses,
  analysis: Analysis,
  symbolic: Symbolic,
): Problem | undefined {
  let exact: Problem | undefined;
  for (const access of found.accesses) {
    for (const use of access.unguarded) {
      if (!matchesBlock(use, view)) continue;
      const problem = overrun(access, use, view, analysis) ?? roundsUp(access, use, view, analysis, symbolic);
      if (problem?.severity === 'error') return problem;
      exact ??= problem;
    }
    for (const use of access.halfGuarded) {
      const problem = matchesBlock(use, view) && halfOf(access, use, view, analysis, symbolic);
      if (problem) return problem;
    }
  }
  return exact;
}

/** `blockIdx.x * 256` counts threads only where blocks have 256 of them. */
function matchesBlock({ axis, factor }: AxisUse, { launch }: LaunchView): boolean {
  return factor === 'blockDim' || known(launch.block[axis]) === factor;
}

/** Grid, block and the array's size are all numbers, and the grid is larger. */
function overrun(access: Access, use: AxisUse, view: LaunchView, analysis: Analysis): Problem | undefined {
  const elements = elementsOf(access, view, analysis);
  const threads = threadsOn(view, use.axis);
  if (elements === undefined || threads === undefined || !use.exact || use.axis !== 'x') return undefined;
  if (threads <= elements) return undefined;
  const message = msg(
    'this index has no bound: the launch starts {0} threads, but {1} has {2} elements',
    String(threads),
    `'${view.launch.arguments[access.parameter]?.text ?? access.variable.name}'`,
    String(elements),
  );
  return { access, view, severity: 'error', message };
}

function threadsOn({ launch }: LaunchView, axis: Axis): bigint | undefined {
  const [grid, block] = [known(launch.grid[axis]), known(launch.block[axis])];
  return grid === undefined || block === undefined ? undefined : grid * block;
}

/** The grid is rounded up, so its author expects sizes that do not divide; the kernel does not. */
function roundsUp(
  access: Access,
  use: AxisUse,
  view: LaunchView,
  analysis: Analysis,
  symbolic: Symbolic,
): Problem | undefined {
  const { axis } = use;
  const form = gridForm(view, axis, symbolic);
  if (form?.rounds !== 'up' || padded(access, use, view, form, analysis)) return undefined;
  const number = symbolic.integer(form.count);
  const size = symbolic.integer(form.divisor);
  if (number === undefined) {
    if (isMultiple(form.count, form.divisor, symbolic) || checksRemainder(view, form, analysis, symbolic))
      return undefined;
    return { access, view, severity: 'error', message: unbounded(axis) };
  }
  if (size === undefined || number % size !== 0n) {
    const message = msg(
      'this index has no bound: the grid is rounded up, so threads past {0} use what lies behind the array',
      String(number),
    );
    return { access, view, severity: 'error', message };
  }
  if (form.always) return { access, view, severity: 'error', message: unbounded(axis) };
  // Exactly as many threads as elements are a contract; a count that is handed over and never looked at is a guard forgotten.
  if (!ignoresCount(view, form, analysis, symbolic)) return undefined;
  const message = msg(
    'this index has no bound: it fits only because {0} is a multiple of the block size {1}, although the grid is rounded up',
    String(number),
    String(size),
  );
  return { access, view, severity: 'warning', message };
}

/** The kernel is given the count that the grid is made for, and does nothing with it. */
function ignoresCount(view: LaunchView, form: GridForm, analysis: Analysis, symbolic: Symbolic): boolean {
  const used = view.kernelFacts ? bodyOf(view.kernelFacts).of('identifier') : [];
  return parametersGiven(form.count, view, analysis, symbolic).some(
    ({ name }) => !used.some(({ text }) => text === name),
  );
}

function unbounded(axis: Axis): Message {
  return msg(
    'this index has no bound in {0}: the grid is rounded up, so the last block has threads past the end',
    axis,
  );
}

/** `threadIdx.x < n` where `n` is what the grid is made for: each block has threads up to its end, whichever block it is. */
function halfOf(
  access: Access,
  use: HalfGuarded,
  view: LaunchView,
  analysis: Analysis,
  symbolic: Symbolic,
): Problem | undefined {
  const form = gridForm(view, use.axis, symbolic);
  if (form?.rounds !== 'up' || padded(access, use, view, form, analysis)) return undefined;
  const { facts } = view;
  const whole = use.bounds.every((parameter) => {
    const argument = facts.arguments[parameter];
    const value = argument && analysis.evaluator.resolveText(argument.text, { at: argument, function: facts.function });
    return value !== undefined && symbolic.same(value, form.count);
  });
  if (!whole) return undefined;
  const message = msg(
    'this index is not what the guard tests: threads of the last block pass it and use what lies behind the array',
  );
  return { access, view, severity: 'error', message };
}

/** The array is as large as the grid, not as the data: allocated in whole blocks. */
function padded(access: Access, use: AxisUse, view: LaunchView, form: GridForm, analysis: Analysis): boolean {
  const allocation = findAllocation(analysis.model, view.launch, access.parameter);
  if (!allocation) return false;
  const threads = threadsOn(view, use.axis);
  const elements = elementsOf(access, view, analysis);
  const whole = sourceOf(allocation.bytes.text, view);
  if (/pad|align|round|ceil|grid|block|%|~/i.test(whole) || mentionsBlocks(whole, view)) return true;
  if (threads === undefined || elements === undefined) return false;
  // Exactly as large as the grid is no padding where it is as large as the data too.
  const count = new Symbolic(analysis.evaluator).integer(form.count);
  return use.axis === 'x' && use.exact && elements >= threads && count !== undefined && elements > count;
}

/** The size is made of a number of blocks: of a name of the grid that has been divided for it. */
function mentionsBlocks(text: string, { facts }: LaunchView): boolean {
  const used = new Set(text.match(/[A-Za-z_]\w*/g));
  return (facts.configArguments[0]?.text.match(/[A-Za-z_]\w*/g) ?? []).some((name) => {
    const events = used.has(name) ? (facts.function?.events.get(name) ?? []) : [];
    return events.some(({ action }) => 'text' in action && action.text.includes('/'));
  });
}

/** The size's text with that of the locals in it. */
function sourceOf(text: string, view: LaunchView): string {
  const fn = view.facts.function;
  let all = text;
  for (const name of text.match(/[A-Za-z_]\w*/g) ?? []) {
    for (const event of fn?.events.get(name) ?? []) if ('text' in event.action) all += ` ${event.action.text}`;
  }
  return all;
}

/** For each unguarded axis, what the kernel can compare its index with. */
function boundsOf(view: LaunchView, found: KernelAccesses, analysis: Analysis, symbolic: Symbolic): Map<Axis, Bound> {
  const bounds = new Map<Axis, Bound>();
  for (const axis of axes) {
    const unguarded = found.accesses.some(({ unguarded: uses }) => uses.some((use) => use.axis === axis));
    const form = unguarded ? gridForm(view, axis, symbolic) : undefined;
    const bound = form && !mentionsRemainder(form.count) ? boundFor(form.count, view, analysis, symbolic) : undefined;
    if (bound) bounds.set(axis, bound);
  }
  return bounds;
}
