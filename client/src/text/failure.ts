/** A failed run in one message, and what the user can do about it. Pure. */
import type { RunFailure, SourceLocation } from '../../../protocol/src';

export interface FailureReport {
  readonly message: string;
  /** Where to go, if the failure has a place. */
  readonly location?: SourceLocation;
  /** The setting that bears on it. */
  readonly setting?: string;
}

/** What stands in a notification should be read at a glance; the rest is in the output. */
const maxLength = 240;

export function failureReport(subject: string, failure: RunFailure): FailureReport {
  const location = failureLocation(failure);
  const setting = failureSetting(failure);
  return {
    message: shorten(`${subject}: ${failure.message}`, maxLength),
    ...(location && { location }),
    ...(setting && { setting }),
  };
}

function failureLocation(failure: RunFailure): SourceLocation | undefined {
  switch (failure.status) {
    case 'unsupported':
      return failure.places[0];
    case 'buildFailed':
      return failure.diagnostics.find((message) => message.severity === 'error') ?? failure.diagnostics[0];
    case 'kernelFaulted':
      return failure.location;
    default:
      return undefined;
  }
}

function failureSetting(failure: RunFailure): string | undefined {
  switch (failure.status) {
    case 'noDevice':
      return 'kernelLens.run.device';
    case 'timedOut':
      return 'kernelLens.run.timeLimit';
    // A compiler that could not run at all leaves no diagnostics: the way to it is set wrongly.
    case 'buildFailed':
      return failure.diagnostics.length > 0 || failure.disk ? undefined : 'kernelLens.cuda';
    default:
      return undefined;
  }
}

/** On one line, of so many characters at most. */
export function shorten(text: string, longest: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1).trimEnd()}…`;
}
