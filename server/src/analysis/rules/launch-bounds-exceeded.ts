import type { Analysis } from '../model/build';
import { threadsPerBlock } from '../model/devices';
import { decidableLaunches, type LaunchView } from './lib/common';
import { launchedKernel } from './lib/launched-kernel';
import { msg, type Report, type Rule } from './rule';

/**
 * `__launch_bounds__(256)` is a promise to the compiler, which then uses as many registers as 256 threads leave it. A larger block fails
 * with cudaErrorInvalidValue or for want of registers, and the kernel does not run.
 */
export const launchBoundsExceeded: Rule = {
  id: 'launch-bounds-exceeded',
  severity: 'error',
  summary: "A block has more threads than the kernel's `__launch_bounds__` allows.",
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check(view: LaunchView, analysis: Analysis): Report[] {
  const launched = launchedKernel(view, analysis);
  const bounds = launched?.fn.launchBounds?.children.find((child) => child.type !== '__launch_bounds__');
  const most = bounds && launched?.integer(bounds);
  const threads = launched?.threads;
  // A block that no kernel may have is reported as such.
  if (!launched || most === undefined || threads === undefined || threads > threadsPerBlock || BigInt(threads) <= most)
    return [];
  const message = msg(
    "a block of {0} threads cannot be launched; '__launch_bounds__' of '{1}' allows {2}",
    threads,
    launched.kernel.name,
    String(most),
  );
  return [{ span: view.launch.block.span, message }];
}
