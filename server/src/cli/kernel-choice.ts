/** Which kernel of a file `--kernel` names: by its name, without its namespaces where that is enough, or an instantiation. */
import { splitArguments, type FileModel, type Kernel } from '../analysis';
import { candidatesOf, type PlanRequest } from '../runner';

export interface KernelChoice {
  /** With namespaces. */
  readonly kernel: string;
  /** The launch that instantiates it so, or the template arguments where no launch does. */
  readonly choice: Pick<PlanRequest, 'launch' | 'overrides'>;
}

/** The file's only kernel where none is named. */
export function chooseKernel(
  model: FileModel,
  wanted: string | undefined,
): KernelChoice | { readonly message: string } {
  const defined = model.kernels.filter(({ body }) => body !== undefined);
  const names = [...new Set(defined.map(({ name }) => name))];
  if (wanted === undefined) {
    const [first, ...others] = names;
    if (first === undefined) return { message: 'The file defines no kernel (no __global__ function with a body).' };
    if (others.length > 0) {
      return { message: `The file defines several kernels; choose one with --kernel: ${names.join(', ')}` };
    }
    return { kernel: first, choice: {} };
  }
  const [, name = wanted, list] = /^([^<]*?)\s*<(.*)>\s*$/s.exec(wanted) ?? [];
  const found = names.filter((each) => each === name || each.endsWith(`::${name}`));
  const exact = found.find((each) => each === name) ?? (found.length === 1 ? found[0] : undefined);
  const kernel = model.kernels.find((each) => each.name === exact && each.body !== undefined);
  if (kernel === undefined) {
    // A declaration is refused by the plan, which says where to look.
    if (model.kernels.some((each) => each.name === name)) return { kernel: name, choice: {} };
    const there = names.length === 0 ? 'it defines none' : `there are: ${names.join(', ')}`;
    return { message: `There is no kernel named ${name} in this file; ${there}.` };
  }
  return list === undefined ? { kernel: kernel.name, choice: {} } : instantiation(model, kernel, list);
}

function instantiation(model: FileModel, kernel: Kernel, list: string): KernelChoice | { readonly message: string } {
  const values = splitArguments(list).map(plainArgument);
  const { name, templateParameters } = kernel;
  if (values.length > templateParameters.length) {
    const takes = templateParameters.length === 0 ? 'is no template' : `takes ${templateParameters.length}`;
    return { message: `${name}<${list}> has ${values.length} template arguments, but ${name} ${takes}.` };
  }
  const launch = candidatesOf(model, kernel).findIndex(
    ({ templateArguments }) =>
      templateArguments.length === values.length &&
      templateArguments.every(({ text, value }, index) =>
        [plainArgument(text), ...(value.known ? [String(value.value)] : [])].includes(values[index] ?? ''),
      ),
  );
  if (launch >= 0) return { kernel: name, choice: { launch } };
  const named = values.map((value, index) => [templateParameters[index]?.name ?? '', value] as const);
  return { kernel: name, choice: { overrides: new Map(named) } };
}

/** `(int)4` and `(bool)1` are how compilers write what people write as `4` and `true`. */
function plainArgument(text: string): string {
  const plain = text.trim().replace(/\s+/g, ' ');
  const bool = /^\(bool\)\s*([01])$/.exec(plain)?.[1];
  if (bool !== undefined) return bool === '1' ? 'true' : 'false';
  return plain.replace(/^\([\w ]+\)\s*(?=-?\d)/, '');
}
