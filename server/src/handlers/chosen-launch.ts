/** The launch, or the instantiation, that was chosen for a kernel, found again in the present text. */
import type { LaunchChoice } from '../../../protocol/src';
import type { Launch } from '../analysis';
import type { OpenDocument } from '../documents';
import { candidatesOf, plannedKernel, type PlanRequest } from '../runner';
import type { Session } from '../session';

/** `launch` and `overrides` of a plan as they were chosen; nothing where the choice does not fit the text any more. */
export function choiceOf(
  session: Session,
  document: OpenDocument,
  name: string,
): Pick<PlanRequest, 'launch' | 'overrides'> {
  const choice = session.launchChoices.get(keyOf(document.uri, name));
  if (choice === undefined) return {};
  const kernel = plannedKernel(document.model, name);
  if ('message' in kernel) return {};
  const launch = choice.launch && foundLaunch(document, candidatesOf(document.model, kernel), choice.launch);
  const values = Object.entries(choice.templateArguments ?? {}).filter(([parameter]) =>
    kernel.templateParameters.some((candidate) => candidate.name === parameter),
  );
  return {
    ...(launch === undefined ? {} : { launch }),
    ...(values.length === 0 ? {} : { overrides: new Map(values) }),
  };
}

function foundLaunch(
  document: OpenDocument,
  candidates: readonly Launch[],
  { index, text }: NonNullable<LaunchChoice['launch']>,
): number | undefined {
  const same = candidates.flatMap((launch, at) => (textOf(document, launch) === text ? [at] : []));
  const nearest = same.sort((a, b) => Math.abs(a - index) - Math.abs(b - index))[0];
  return nearest ?? (index < candidates.length ? index : undefined);
}

/** The launch on one line. */
export function textOf(document: OpenDocument, { span }: Launch): string {
  return document.content.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}

export function keyOf(uri: string, kernel: string): string {
  return `${uri} ${kernel}`;
}
