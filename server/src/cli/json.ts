/** The JSON that `kernel-lens` prints: an interface, documented in docs/cli.md. Pure. */
import type { RunResult } from '../../../protocol/src';
import type { Problem } from '../check';

/** 1-based lines and columns; columns count UTF-16 units; the end is exclusive. */
export interface CheckItem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  readonly source: 'nvcc' | 'lint';
  /** Rule id of a lint finding, number or flag of an nvcc message; null where nvcc gives none. */
  readonly rule: string | null;
  readonly message: string;
}

export function checkItem(problem: Problem): CheckItem {
  const { start, end } = problem.range;
  return {
    file: problem.file,
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
    severity: problem.severity,
    source: problem.source,
    rule: problem.rule ?? null,
    message: problem.message,
  };
}

/** A RunResult with the plan's parts at the top, where scripts look for them. */
export function runJson(result: RunResult): object {
  const { plan, device, ...rest } = result;
  return {
    ...rest,
    kernel: plan === undefined ? null : plan.kernel,
    device: device ?? null,
    ...(plan === undefined
      ? {}
      : {
          file: plan.file,
          templateArguments: plan.templateArguments,
          launch: { grid: plan.grid, block: plan.block, sharedBytes: plan.sharedBytes, provenance: plan.provenance },
          arguments: plan.arguments,
        }),
  };
}
