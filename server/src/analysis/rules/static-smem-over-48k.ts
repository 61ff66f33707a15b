import type { Analysis } from '../model/build';
import { sharedWithoutAsking as limit } from '../model/devices';
import type { FunctionFacts } from '../model/facts';
import { perFunction } from './lib/per-function';
import { staticShared } from './lib/static-shared';
import { msg, type Report, type Rule } from './rule';

/** A template may never be instantiated. */
const kernels = perFunction(
  ({ specifiers, templateParameters }) => specifiers.has('__global__') && templateParameters.length === 0,
  check,
);

/** Instructions that exist for one architecture only (`sm_90a`, `sm_100a`); compiled for such, ptxas accepts more. */
const ownArchitecture = /\b(?:tcgen05|wgmma|setmaxnreg|cp\.async\.bulk|mbarrier)\b/;

/** More shared memory with a fixed size than a kernel may have: ptxas refuses it, once the compiler gets that far. */
export const staticSmemOver48k: Rule = {
  id: 'static-smem-over-48k',
  severity: 'error',
  summary: 'The shared arrays of a kernel are larger than 48 KiB together.',
  run: (analysis, { computeCapability = 0 }) => {
    const found = computeCapability >= 90 ? [] : kernels(analysis, {});
    return found.length > 0 && ownArchitecture.test(analysis.text) ? [] : found;
  },
};

function check(fn: FunctionFacts, { evaluator }: Analysis): Report[] {
  const { bytes, variables } = staticShared(fn, evaluator);
  if (bytes <= limit) return [];
  const largest = variables.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const { name, node } = largest.variable;
  const message =
    variables.length === 1
      ? msg("'{0}' has {1} bytes of shared memory; the limit is {2}", name, bytes, limit)
      : msg("'{0}' and the other shared arrays of '{1}' have {2} bytes; the limit is {3}", name, fn.name, bytes, limit);
  return [{ span: node.span, message }];
}
