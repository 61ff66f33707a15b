/** Plans with values that a request puts in place of the source's. */
import * as l10n from '@vscode/l10n';
import type { LaunchPlan, PlanFailure, PlanValues } from '../../../protocol/src';
import { checkOverrides } from '../analysis';
import { planLaunch, plannedKernel, type PlanRequest } from '../runner';

/** A value that could not do as it says is refused: whoever asked for it would take the result for that of the value. */
export function planWith(request: PlanRequest, set: PlanValues | undefined): LaunchPlan | PlanFailure {
  const values = new Map(Object.entries(set ?? {}));
  if (values.size === 0) return planLaunch(request);
  const kernel = plannedKernel(request.model, request.kernel);
  if ('message' in kernel) return kernel;
  const [problem] = checkOverrides(request.model, kernel, values);
  if (problem !== undefined) return { message: `${l10n.t(problem.message.text, ...problem.message.args)}.` };
  return planLaunch({ ...request, overrides: new Map([...(request.overrides ?? []), ...values]) });
}
