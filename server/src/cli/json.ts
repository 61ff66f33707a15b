/** The JSON that `kernel-lens` prints: an interface, documented in docs/cli.md. Pure. */
import type { RunResult } from '../../../protocol/src';

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
