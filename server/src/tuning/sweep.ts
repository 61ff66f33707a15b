/** The plans of a kernel over a range of problem sizes. Pure. */
import type { LaunchPlan, PlanFailure, TunedValue } from '../../../protocol/src';
import { directiveOf, type FileModel } from '../analysis';
import { chooseLaunch, planLaunch, plannedKernel, type PlanRequest } from '../runner';

export interface SweepPlan {
  readonly name: string;
  readonly sizes: readonly { readonly value: string; readonly plan: LaunchPlan | PlanFailure }[];
}

/** `names`: integer parameters that can be swept, where neither the directive nor `range` says which. */
export function sweepOf(
  request: PlanRequest & { readonly model: FileModel },
  range: TunedValue | undefined,
): SweepPlan | PlanFailure | { readonly names: readonly string[] } {
  const kernel = plannedKernel(request.model, request.kernel);
  if ('message' in kernel) return kernel;
  const overrides = new Map([...(request.overrides ?? []), ...(range ? [[range.name, range.value] as const] : [])]);
  const { launch } = chooseLaunch({ ...request, overrides: undefined }, kernel);
  const directive = directiveOf({ model: request.model, text: request.text, kernel, launch, overrides });
  const isSize = (name: string) =>
    kernel.parameters.some((parameter) => parameter.name === name) ||
    (launch?.arguments.some(({ text }) => text.trim() === name) ?? false);
  const found = directive.variations.find(({ name }) => (range ? name === range.name : isSize(name)));
  if (found === undefined) {
    if (range)
      return {
        message: `${range.name}=${range.value} is no range: write 1<<16..1<<26, 1000..5000 step 1000, or 8|16|32.`,
      };
    const plan = planLaunch(request);
    if ('message' in plan) return plan;
    const names = plan.arguments.flatMap((argument) => {
      return argument.kind === 'scalar' && /^[iu](32|64)$/.test(argument.scalar) ? [argument.name] : [];
    });
    return { names };
  }
  const sizes = found.values.map((value) => ({
    value,
    plan: planLaunch({ ...request, overrides: new Map([...(request.overrides ?? []), [found.name, value]]) }),
  }));
  return { name: found.name, sizes };
}
