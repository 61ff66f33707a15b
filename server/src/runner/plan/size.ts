/** How large a problem to run where the file does not say. Pure. */
import * as l10n from '@vscode/l10n';
import type { Kernel } from '../../analysis/model/types';
import type { KernelBody } from './body';
import { scalarOf } from './elements';
import { isExtent, type ProblemSize } from './scalars';
import { axesOf } from './shape';

/** Side of the matrices of a kernel whose threads each loop over an extent: a product of 512² takes 134 million steps. */
const nestedSide = 512;
/** Elements of a kernel that visits every pair: 16384² steps. */
const nestedLength = 16384;
const singleThread = 1024;

export function problemSize(kernel: Kernel, body: KernelBody, elements: number, reduced = false): ProblemSize {
  const extents = kernel.parameters.filter(
    ({ name, type }) => type.pointers === 0 && isInteger(type.base) && isExtent(name, body.text),
  );
  const nested = body.loopsOverExtent(new Set(extents.map(({ name }) => name)));
  const axes = axesOf(kernel);
  const dimensions = axes.includes('z') ? 3 : axes.includes('y') ? 2 : axes.includes('x') ? 1 : 0;
  const block = dimensions >= 2 ? 16 : 256;
  const sized = (extent: number, why: string): ProblemSize => ({
    extent,
    block,
    grid: 128,
    why: reduced ? l10n.t('{0}, made smaller so that it fits a GPU', why) : why,
  });
  const side = (power: number) => Math.max(32, Math.floor(Math.round(elements ** (1 / power)) / 32) * 32);
  const setting = l10n.t('the setting kernelLens.run.elements');

  if (dimensions === 0) return sized(Math.min(elements, singleThread), l10n.t('a small problem for a single thread'));
  if (kernel.parameters.every(({ type }) => type.pointers === 0) && /\bprintf\s*\(/.test(body.text)) {
    return {
      extent: 64,
      block: dimensions >= 2 ? 8 : 32,
      grid: 2,
      why: l10n.t('a small launch, since every thread prints'),
    };
  }
  if (dimensions === 3) return sized(side(3), l10n.t('a cube of about as many elements as {0} says', setting));
  if (dimensions === 2 || extents.length >= 2) {
    if (nested)
      return sized(Math.min(nestedSide, side(2)), l10n.t('a small matrix, since every thread loops over an extent'));
    return sized(side(2), l10n.t('a square of about as many elements as {0} says', setting));
  }
  if (kernel.blockAxes === '' && !/\b(for|while)\b/.test(body.text))
    return sized(Math.min(elements, block), l10n.t('one block of threads'));
  if (kernel.threadAxes === '') return sized(Math.min(elements, 65535), l10n.t('one block for each element'));
  if (nested)
    return sized(
      Math.min(nestedLength, elements),
      l10n.t('a small problem, since every thread loops over all elements'),
    );
  return sized(elements, l10n.t('the elements that {0} says', setting));
}

function isInteger(base: string): boolean {
  const scalar = scalarOf(base);
  return scalar !== undefined && /^[iu]/.test(scalar);
}
