/** What the compiler tells of kernels, as the analysis wants it. */
import { computeCapabilityOf, type CompiledKernel } from './analysis';
import { demangle } from './runner/gpu/demangle';
import type { ResourceUsage } from './toolchain';

export function compiledKernels(usage: readonly ResourceUsage[]): CompiledKernel[] {
  return usage.flatMap(({ symbol, architecture, ...resources }) => {
    const name = demangle(symbol);
    const computeCapability = computeCapabilityOf(architecture);
    // An unreadable name would only be guessed at.
    if (name === undefined || computeCapability === undefined) return [];
    const parameters = name.parameters?.filter((type) => type !== 'void').length;
    return [
      {
        name: name.path.filter((part) => /^\w+$/.test(part)).join('::'),
        ...(name.templateArguments === undefined ? {} : { templateArguments: name.templateArguments }),
        ...(parameters === undefined ? {} : { parameters }),
        computeCapability,
        ...resources,
      },
    ];
  });
}
