/** Plans of a source text, through the real parser and model. */
import type { BufferArgument, Fill, LaunchPlan, ScalarArgument } from '../../../protocol/src';
import { buildModel, createParser, type CudaParser } from '../../../server/src/analysis';
import { parserFiles } from '../../support/parser-files';
import { planLaunch, type PlanRequest } from '../../../server/src/runner/plan';

export const zeros: Fill = { kind: 'constant', value: 0 };

let parser: Promise<CudaParser> | undefined;

export type Extra = Pick<PlanRequest, 'launch' | 'overrides'>;

export async function answerFor(text: string, kernel: string, elements = 2 ** 20, extra: Extra = {}) {
  const model = buildModel((await (parser ??= parserFiles().then(createParser))).parse(text));
  return planLaunch({ model, text, file: '/home/user/kernels/test.cu', kernel, defaults: { elements }, ...extra });
}

/** The plan; a failure fails the test. */
export async function planFor(text: string, kernel: string, elements?: number, extra?: Extra): Promise<LaunchPlan> {
  const answer = await answerFor(text, kernel, elements, extra);
  if ('message' in answer) throw new Error(answer.message);
  return answer;
}

export function buffer(plan: LaunchPlan, name: string): BufferArgument {
  const found = plan.arguments.find((argument) => argument.name === name);
  if (found?.kind !== 'buffer') throw new Error(`${name} is ${found?.kind ?? 'missing'}`);
  return found;
}

export function scalar(plan: LaunchPlan, name: string): ScalarArgument {
  const found = plan.arguments.find((argument) => argument.name === name);
  if (found?.kind !== 'scalar') throw new Error(`${name} is ${found?.kind ?? 'missing'}`);
  return found;
}

/** The counts of all buffers by name. */
export function counts(plan: LaunchPlan): Record<string, number> {
  return Object.fromEntries(
    plan.arguments.flatMap((argument) => (argument.kind === 'buffer' ? [[argument.name, argument.count]] : [])),
  );
}
