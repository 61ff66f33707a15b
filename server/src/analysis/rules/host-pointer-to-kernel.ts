import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { callsOf, isOnly, launchesIn, perHostFunction, pointersOf } from './lib/host';
import { msg, type Report, type Rule } from './rule';

const inner = perHostFunction(/^<<<$/, check);

/**
 * A kernel gets the address of host memory. Unless the system lets GPUs read pageable memory (HMM, Grace), the first access ends the
 * kernel with cudaErrorIllegalAddress.
 */
export const hostPointerToKernel: Rule = {
  id: 'host-pointer-to-kernel',
  severity: 'warning',
  summary: 'A kernel is given a pointer to memory of the host.',
  // A program that asks the device for pageableMemoryAccess knows what it does.
  run: (analysis, target) => (/[pP]ageableMemoryAccess/.test(analysis.text) ? [] : inner(analysis, target)),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  if (callsOf(fn).some(({ name }) => /HostRegister|HostGetDevicePointer/.test(name))) return [];
  const pointers = pointersOf(fn, analysis);
  return launchesIn(fn).flatMap((launch) =>
    (launch.child('arguments')?.children ?? []).flatMap((argument) => {
      const found = pointers.of(argument);
      if (!isOnly(found, 'heap', 'object')) return [];
      const { api } = found.sources[0]!;
      const message =
        api === ''
          ? msg("'{0}' is memory of the host: the kernel cannot access it on most systems", argument.text)
          : msg(
              "'{0}' is memory of the host, from {1}: the kernel cannot access it on most systems",
              argument.text,
              api,
            );
      return [{ span: argument.span, message }];
    }),
  );
}
