/** What keeps a kernel from being run by itself. Pure. */
import type { Kernel } from '../../analysis/model/types';

const handles: Readonly<Record<string, string>> = {
  cudaTextureObject_t: 'a texture object',
  cudaSurfaceObject_t: 'a surface object',
  cudaStream_t: 'a stream',
  CUtexObject: 'a texture object',
  CUsurfObject: 'a surface object',
  CUtensorMap: 'a tensor map',
};

const program = 'Use Run Program to run it as the program does.';

/** A pack of parameters, whatever its types are. */
export function packed({ name, parameters }: Kernel): string | undefined {
  return parameters.some(({ type }) => type.text.includes('...'))
    ? `${name} takes a pack of parameters, which only a launch can tell. ${program}`
    : undefined;
}

/** One sentence, or undefined where nothing stands in the way. */
export function unsupported(kernel: Kernel, substituted: (base: string) => string): string | undefined {
  for (const { name, type } of kernel.parameters) {
    const base = substituted(type.base);
    if (type.reference)
      return `Parameter ${name} is a reference (${type.text}), which Kernel Lens cannot bind. ${program}`;
    if (/\(/.test(type.text))
      return `Parameter ${name} is a function pointer, which Kernel Lens cannot fill. ${program}`;
    if (type.pointers > 2)
      return `Parameter ${name} is a pointer to pointers to pointers (${type.text}), which Kernel Lens cannot fill. ${program}`;
    const handle = handles[base.replace(/^::/, '')];
    if (handle !== undefined) return `Parameter ${name} is ${handle}, which only the program can make. ${program}`;
  }
  return undefined;
}
