/** FileModel → LaunchPlan: how to run one kernel once, every value with its origin. Pure. */
import * as l10n from '@vscode/l10n';
import type { LaunchPlan, PlanFailure } from '../../../../protocol/src';
import { directiveOf, type Directive } from '../../analysis/directive';
import { analysisOf } from '../../analysis/model/build';
import type { FileModel, Kernel, Launch } from '../../analysis/model/types';
import { siteElsewhere, siteIn, sourceOf, type Site } from './elsewhere';
import { bestLaunch, candidatesOf } from './launch-choice';
import { Planner } from './planner';
import type { PlanRequest } from './request';
import { Unplannable } from './settings';

export type { PlanRequest } from './request';
export { launchesIn, type LaunchingFile } from './elsewhere';
export { bestLaunch, candidatesOf, knownOf } from './launch-choice';

export function planLaunch(request: PlanRequest): LaunchPlan | PlanFailure {
  try {
    const kernel = plannedKernel(request.model, request.kernel);
    if ('message' in kernel) return kernel;
    const { directive, launch, chosen } = chooseLaunch(request, kernel);
    const site = siteOf(request, kernel, launch);
    const plan = new Planner(request, kernel, site, directive, chosen).plan();
    if ('message' in plan || fits(plan)) return plan;
    // `n * n * n` of a size that was assumed for one dimension.
    for (let elements = request.defaults.elements / 16; elements >= 16; elements /= 16) {
      const defaults = { elements: Math.floor(elements), reduced: true };
      const smaller = new Planner({ ...request, defaults }, kernel, site, directive, chosen).plan();
      if (!('message' in smaller) && fits(smaller)) return smaller;
    }
    return plan;
  } catch (error) {
    if (error instanceof Unplannable) return { message: error.message };
    throw error;
  }
}

/** Bytes of memory that most GPUs have free. */
const mostBytes = 8 * 2 ** 30;

function fits({ grid: [x, y, z], arguments: list }: LaunchPlan): boolean {
  const bytes = list.reduce((sum, argument) => {
    if (argument.kind === 'buffer') return sum + argument.count * argument.element.bytes;
    if (argument.kind === 'pointers') return sum + argument.pointers * argument.count * argument.element.bytes;
    return sum;
  }, 0);
  return bytes <= mostBytes && x < 2 ** 31 && y <= 65535 && z <= 65535;
}

/** Which launch and which instantiation a plan would be of; undefined where there would be no plan. */
export function plannedInstantiation(request: PlanRequest):
  | {
      readonly templateArguments: readonly string[];
      readonly launch?: { readonly index: number; readonly count: number };
    }
  | undefined {
  try {
    const kernel = plannedKernel(request.model, request.kernel);
    if ('message' in kernel) return undefined;
    const { directive, launch, chosen } = chooseLaunch(request, kernel);
    const site = siteOf(request, kernel, launch);
    const templateArguments = new Planner(request, kernel, site, directive, chosen).templateArguments();
    return templateArguments && { templateArguments, ...(chosen ? { launch: chosen } : {}) };
  } catch (error) {
    if (error instanceof Unplannable) return undefined;
    throw error;
  }
}

/** What the host says: this file where it launches the kernel, else one that does. */
function siteOf(request: PlanRequest, kernel: Kernel, launch: Launch | undefined): Site {
  const other = launch === undefined ? siteElsewhere(kernel, request.elsewhere ?? []) : undefined;
  return other ?? siteIn(request, launch);
}

/** The definition of a kernel's name that would run: of several, the one that is compiled. */
export function plannedKernel(model: FileModel, name: string): Kernel | PlanFailure {
  const named = model.kernels.filter((kernel) => kernel.name === name);
  const defined = named.filter(({ body }) => body !== undefined);
  const text = defined.length > 1 ? analysisOf(model)?.text : undefined;
  const compiled = text === undefined ? undefined : sourceOf(model, text);
  const kernel = defined.find(({ nameSpan }) => compiled?.isTaken(nameSpan.start) === true) ?? defined[0] ?? named[0];
  if (kernel === undefined) return { message: l10n.t('There is no kernel named {0} in this file.', name) };
  if (kernel.body === undefined) {
    return {
      message: l10n.t('{0} is only declared here: open the file that defines it and run it there.', kernel.name),
    };
  }
  return kernel;
}

/** The launch a request would plan, and the directives that hold for it. */
export function chooseLaunch(
  { model, text, launch, overrides }: PlanRequest,
  kernel: Kernel,
): {
  readonly directive: Directive;
  readonly launch: Launch | undefined;
  readonly chosen: { readonly index: number; readonly count: number } | undefined;
} {
  const candidates = candidatesOf(model, kernel);
  const own = directiveOf({ model, text, kernel, overrides });
  const wanted = launch ?? statedLaunch(own, kernel, candidates.length);
  const chosen = wanted === undefined ? bestLaunch(model, text, candidates) : candidates[wanted];
  if (chosen === undefined) return { directive: own, launch: undefined, chosen: undefined };
  return {
    directive: directiveOf({ model, text, kernel, launch: chosen, overrides }),
    launch: chosen,
    chosen: { index: candidates.indexOf(chosen), count: candidates.length },
  };
}

/** `launch=2` of a directive, as an index. */
function statedLaunch({ settings }: Directive, { parameters }: Kernel, count: number): number | undefined {
  const setting = parameters.some(({ name }) => name === 'launch') ? undefined : settings.get('launch');
  if (setting?.value === undefined) return undefined;
  const number = Number(setting.value);
  if (!Number.isInteger(number) || number < 1 || number > count) {
    const there =
      count === 0
        ? l10n.t('this file does not launch the kernel')
        : l10n.t('this file launches the kernel {0} times', count);
    const written = `launch=${setting.value}`;
    throw new Unplannable(
      setting.line === undefined
        ? l10n.t('{0} cannot be used: {1}.', written, there)
        : l10n.t('{0} in the directive in line {1} cannot be used: {2}.', written, setting.line, there),
    );
  }
  return number - 1;
}
