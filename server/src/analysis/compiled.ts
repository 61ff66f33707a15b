/** Which of the compiled kernels a launch runs. Pure. */
import type { Kernel, Launch } from './model/types';
import type { CompiledKernel } from './target';

/** The instantiations of a kernel, those of other architectures included. */
export function instantiationsOf<Compiled extends Pick<CompiledKernel, 'name' | 'parameters'>>(
  kernel: Pick<Kernel, 'name' | 'parameters'>,
  compiled: readonly Compiled[],
): Compiled[] {
  const named = compiled.filter(({ name }) => sameName(name, kernel.name));
  // Overloads share their name; a symbol that does not tell its parameters may be any of them.
  return named.filter(({ parameters }) => parameters === undefined || parameters === kernel.parameters.length);
}

/**
 * The instantiations that `launch` may run: as far as its template arguments tell, so there may be several. Callers that state
 * something must find it true of each.
 */
export function launchedInstantiations(
  kernel: Kernel,
  launch: Launch,
  compiled: readonly CompiledKernel[],
): CompiledKernel[] {
  return instantiationsOf(kernel, compiled).filter(({ templateArguments = [] }) =>
    launch.templateArguments.every((argument, index) => {
      const made = templateArguments[index];
      const { value } = argument;
      // A type has many spellings; a number has one.
      if (made === undefined || !/^-?\d+$/.test(made) || !value.known || typeof value.value !== 'bigint') return true;
      return BigInt(made) === value.value;
    }),
  );
}

/** Either may leave out namespaces that only a macro opens, or that an unnamed namespace has. */
function sameName(a: string, b: string): boolean {
  return a === b || a.endsWith(`::${b}`) || b.endsWith(`::${a}`);
}
