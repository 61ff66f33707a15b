/** What the compiler tells of kernels, as the analysis wants it. */
import { computeCapabilityOf, instantiationsOf, type CompiledKernel, type Kernel } from './analysis';
import { demangle } from './runner/gpu/demangle';
import type { ResourceUsage } from './toolchain';

export function compiledKernels(usage: readonly ResourceUsage[]): CompiledKernel[] {
  return usage.flatMap(({ symbol, architecture, ...resources }) => {
    const named = namedBySymbol(symbol);
    const computeCapability = computeCapabilityOf(architecture);
    return named === undefined || computeCapability === undefined
      ? []
      : [{ ...named, computeCapability, ...resources }];
  });
}

/** The symbols that are instantiations of a kernel. */
export function symbolsOf(kernel: Pick<Kernel, 'name' | 'parameters'>, symbols: readonly string[]): string[] {
  const named = symbols.flatMap((symbol) => {
    const name = namedBySymbol(symbol);
    return name === undefined ? [] : [{ ...name, symbol }];
  });
  return instantiationsOf(kernel, named).map(({ symbol }) => symbol);
}

/** Nothing for an unreadable name: it would only be guessed at. */
function namedBySymbol(symbol: string): Pick<CompiledKernel, 'name' | 'templateArguments' | 'parameters'> | undefined {
  const name = demangle(symbol);
  if (name === undefined) return undefined;
  const parameters = name.parameters?.filter((type) => type !== 'void').length;
  return {
    name: name.path.filter((part) => /^\w+$/.test(part)).join('::'),
    ...(name.templateArguments === undefined ? {} : { templateArguments: name.templateArguments }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

/** As a person writes it: `ns::scale<float>(float*, int)`; the symbol itself where it cannot be read. */
export function readableSymbol(symbol: string): string {
  const name = demangle(symbol);
  if (name === undefined || symbol === name.path[0]) return symbol;
  const path = name.path.map((part) => (part === '' ? '(anonymous namespace)' : part)).join('::');
  const template = name.templateArguments === undefined ? '' : `<${name.templateArguments.join(', ')}>`;
  const parameters = (name.parameters ?? []).filter((type) => type !== 'void');
  return `${path}${template}(${parameters.join(', ')})`;
}
