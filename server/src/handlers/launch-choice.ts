/** Which launch of a kernel is planned: what there is to choose from, and what was chosen. */
import type {
  ChooseLaunchParams,
  KernelRef,
  LaunchPlan,
  PossibleLaunch,
  PossibleLaunches,
} from '../../../protocol/src';
import type { Kernel, Launch } from '../analysis';
import type { OpenDocument } from '../documents';
import { bestLaunch, candidatesOf, knownOf, plannedInstantiation, plannedKernel } from '../runner';
import type { Session } from '../session';
import { keyOf, textOf } from './chosen-launch';
import { openDocument, planFor, planRequestFor } from './run';

/** Longer launches are cut in lists. */
const longest = 90;

export function launchesHandler(session: Session, { uri, kernel: name }: KernelRef): PossibleLaunches {
  const document = openDocument(session, uri);
  const kernel = plannedKernel(document.model, name);
  if ('message' in kernel) return { launches: [] };
  const candidates = candidatesOf(document.model, kernel);
  const best = bestLaunch(document.model, document.content, candidates);
  const answer = planFor(session, document, name);
  const plan = 'plan' in answer ? answer.plan : undefined;
  const chosen = session.launchChoices.get(keyOf(uri, name));
  const launches = candidates.map((launch, index): PossibleLaunch => {
    const text = textOf(document, launch);
    return {
      ...(launch === best ? {} : { choice: { launch: { index, text } } }),
      text: text.length > longest ? `${text.slice(0, longest)}…` : text,
      line: document.positionAt(launch.nameSpan.start).line + 1,
      ...(launch.function === undefined ? {} : { function: launch.function }),
      ...knownOf(launch),
      current: plan?.launch?.index === index && chosen?.templateArguments === undefined,
    };
  });
  const instantiations = otherInstantiations(document, kernel, candidates).map((values): PossibleLaunch => {
    const templateArguments = Object.fromEntries(
      kernel.templateParameters.map(({ name: parameter }, index) => [parameter, values[index] ?? '']),
    );
    const current = JSON.stringify(chosen?.templateArguments) === JSON.stringify(templateArguments);
    return { choice: { templateArguments }, text: `${kernel.name}<${values.join(', ')}>`, current };
  });
  const automatic: PossibleLaunch[] =
    candidates.length === 0 && instantiations.length > 0
      ? [{ text: instantiationText(kernel, plan) ?? kernel.name, current: chosen === undefined }]
      : [];
  return { launches: [...automatic, ...launches, ...instantiations] };
}

/** Template arguments that the file writes somewhere else than at a launch: explicit instantiations, pointers to the kernel. */
function otherInstantiations(document: OpenDocument, kernel: Kernel, launches: readonly Launch[]): string[][] {
  if (kernel.templateParameters.length === 0) return [];
  const short = kernel.name.split('::').at(-1) ?? kernel.name;
  const seen = new Set(
    launches.map(({ templateArguments }) => templateArguments.map(({ text }) => text.trim()).join(', ')),
  );
  const found: string[][] = [];
  for (const match of document.content.matchAll(new RegExp(`\\b${short}\\s*<([\\w\\s:,*]+)>\\s*(?=[();,]|$)`, 'gm'))) {
    const values = (match[1] ?? '').split(',').map((text) => text.trim());
    const inner = values.some((text) => kernel.templateParameters.some(({ name }) => name === text));
    const key = values.join(', ');
    if (values.length !== kernel.templateParameters.length || inner || seen.has(key)) continue;
    seen.add(key);
    found.push(values);
  }
  return found;
}

export function chooseLaunchHandler(session: Session, { chosen }: ChooseLaunchParams): void {
  for (const { uri, kernel, choice } of chosen) {
    if (choice === undefined) session.launchChoices.delete(keyOf(uri, kernel));
    else session.launchChoices.set(keyOf(uri, kernel), choice);
  }
}

/** What the lens says of the choice: `scale<float, 256> · launch 2 of 3 · line 88`; nothing where there is none. */
export function choiceText(
  session: Session,
  document: OpenDocument,
  kernel: Kernel,
  launchText: (number: number, count: number, line: number) => string,
): string | undefined {
  const candidates = candidatesOf(document.model, kernel);
  if (kernel.templateParameters.length === 0 && candidates.length < 2) return undefined;
  const plan = plannedInstantiation(planRequestFor(session, document, kernel.name));
  if (plan === undefined) return undefined;
  const launch = plan.launch === undefined ? undefined : candidates[plan.launch.index];
  const line = launch && document.positionAt(launch.nameSpan.start).line + 1;
  const several =
    plan.launch !== undefined && plan.launch.count > 1 && line !== undefined
      ? launchText(plan.launch.index + 1, plan.launch.count, line)
      : undefined;
  return [instantiationText(kernel, plan), several].filter((part) => part !== undefined).join(' · ') || undefined;
}

function instantiationText(
  kernel: Kernel,
  plan: Pick<LaunchPlan, 'templateArguments'> | undefined,
): string | undefined {
  if (plan === undefined || plan.templateArguments.length === 0) return undefined;
  return `${kernel.name.split('::').at(-1) ?? kernel.name}<${plan.templateArguments.join(', ')}>`;
}
