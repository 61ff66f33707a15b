/** What keeps a kernel from being run by itself. Pure. */
import * as l10n from '@vscode/l10n';
import type { Kernel } from '../../analysis/model/types';

const handles: Readonly<Record<string, () => string>> = {
  cudaTextureObject_t: () => l10n.t('a texture object'),
  cudaSurfaceObject_t: () => l10n.t('a surface object'),
  cudaStream_t: () => l10n.t('a stream'),
  CUtexObject: () => l10n.t('a texture object'),
  CUsurfObject: () => l10n.t('a surface object'),
  CUtensorMap: () => l10n.t('a tensor map'),
};

const program = () => l10n.t('Use Run Program to run it as the program does.');

/** A pack of parameters, whatever its types are. */
export function packed({ name, parameters }: Kernel): string | undefined {
  return parameters.some(({ type }) => type.text.includes('...'))
    ? `${l10n.t('{0} takes a pack of parameters, which only a launch can tell.', name)} ${program()}`
    : undefined;
}

/** One sentence, or undefined where nothing stands in the way. */
export function unsupported(kernel: Kernel, substituted: (base: string) => string): string | undefined {
  for (const { name, type } of kernel.parameters) {
    const base = substituted(type.base);
    if (type.reference)
      return `${l10n.t('Parameter {0} is a reference ({1}), which Kernel Lens cannot bind.', name, type.text)} ${program()}`;
    if (/\(/.test(type.text))
      return `${l10n.t('Parameter {0} is a function pointer, which Kernel Lens cannot fill.', name)} ${program()}`;
    if (type.pointers > 2)
      return `${l10n.t('Parameter {0} is a pointer to pointers to pointers ({1}), which Kernel Lens cannot fill.', name, type.text)} ${program()}`;
    const handle = handles[base.replace(/^::/, '')];
    if (handle !== undefined)
      return `${l10n.t('Parameter {0} is {1}, which only the program can make.', name, handle())} ${program()}`;
  }
  return undefined;
}
