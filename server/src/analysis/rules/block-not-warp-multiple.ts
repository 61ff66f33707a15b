import { threadsPerBlock, warpSize } from '../model/devices';
import { decidableLaunches, knownDimensions, type LaunchView } from './lib/common';
import { msg, type Report, type Rule } from './rule';

/** Threads run in warps of 32. The last warp of such a block takes its time with only some of its lanes at work. */
const warp = BigInt(warpSize);

export const blockNotWarpMultiple: Rule = {
  id: 'block-not-warp-multiple',
  severity: 'information',
  optIn: true,
  summary: 'The number of threads in a block is not a multiple of the warp size, 32.',
  run: (analysis) => decidableLaunches(analysis).flatMap(check),
};

function check({ launch }: LaunchView): Report[] {
  const dimensions = knownDimensions(launch.block);
  const threads = dimensions && dimensions[0] * dimensions[1] * dimensions[2];
  // Blocks of less than a warp are meant so: one thread, or one for each of a few things.
  if (threads === undefined || threads <= warp || threads > BigInt(threadsPerBlock) || threads % warp === 0n) return [];
  const idle = warp - (threads % warp);
  const message = msg(
    '{0} threads are not whole warps of 32: {1} lanes of the last one idle',
    String(threads),
    String(idle),
  );
  return [{ span: launch.block.span, message }];
}
