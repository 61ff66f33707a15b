/** Questions about a model that runners and handlers ask. */
import type { Allocation, Expression, FileModel, Kernel, Launch, Parameter } from './types';

/** 0-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  let line = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

/** The kernel a launch calls, when exactly one fits: of the file, or of one it includes. */
export function kernelOf(model: FileModel, launch: Launch): Kernel | undefined {
  return launch.kernel === undefined ? launch.imported : model.kernels[launch.kernel];
}

/** The launches of a kernel, in the order of the text. */
export function launchesOf(model: FileModel, kernel: Kernel): Launch[] {
  return model.launches.filter((launch) => kernelOf(model, launch) === kernel);
}

/** Each parameter of the launched kernel with the argument it gets, if the launch writes one. */
export function argumentsByParameter(
  model: FileModel,
  launch: Launch,
): { readonly parameter: Parameter; readonly argument: Expression | undefined }[] {
  const parameters = kernelOf(model, launch)?.parameters ?? [];
  return parameters.map((parameter, index) => ({ parameter, argument: launch.arguments[index] }));
}

/**
 * The allocation behind a launch's argument: the last one before the launch in the same function, else the only one of that name at
 * file scope or in another function (a member or global that `init()` allocates).
 */
export function findAllocation(model: FileModel, launch: Launch, argumentIndex: number): Allocation | undefined {
  const argument = launch.arguments[argumentIndex];
  const variable = argument && pointerName(argument.text);
  if (variable === undefined) return undefined;
  const named = allocationsOf(model, variable);
  const here = named.filter((allocation) => allocation.function === launch.function);
  const before = here.filter((allocation) => allocation.span.start < launch.span.start);
  if (before.length > 0) return before[before.length - 1];
  if (here.length > 0) return undefined;
  return named.length === 1 && !launch.locals?.includes(variable) ? named[0] : undefined;
}

const allocationsByModel = new WeakMap<FileModel, ReadonlyMap<string, readonly Allocation[]>>();

function allocationsOf(model: FileModel, variable: string): readonly Allocation[] {
  let byVariable = allocationsByModel.get(model);
  if (!byVariable) {
    const groups = new Map<string, Allocation[]>();
    for (const allocation of model.allocations) {
      const group = groups.get(allocation.variable);
      if (group) group.push(allocation);
      else groups.set(allocation.variable, [allocation]);
    }
    allocationsByModel.set(model, (byVariable = groups));
  }
  return byVariable.get(variable) ?? [];
}

/** `p` of `p`, `(float*)p`, `reinterpret_cast<float4*>(p)`, `s.p`; nothing for `p + 1` or `&p[3]`, which point elsewhere. */
function pointerName(text: string): string | undefined {
  const cast = /^(?:\(\s*(?:const\s+)?[\w:]+(?:\s+\w+)?[\s*]*\*\s*\)|(?:reinterpret|static|const)_cast\s*<[^()]*>)\s*/;
  const bare = text
    .trim()
    .replace(cast, '')
    .replace(/^\(\s*([\s\S]*?)\s*\)$/, '$1');
  return /^(?:[A-Za-z_]\w*(?:\.|->|::))*[A-Za-z_]\w*(?:\[[^\]]*\])?$/.test(bare) ? bare.replace(/\s+/g, '') : undefined;
}
