/** The text that makes nvcc emit one instantiation of a kernel template. */
import type { LaunchPlan } from '../../../../protocol/src';

/** The name nvcc's messages give to the appended text, so that they can be told from the user's. */
export const instantiationFile = 'kernel-lens-instantiation';

/**
 * Taking the kernel's address on the host instantiates it whatever its signature, in any namespace, `static` or not, and
 * does no harm where the file instantiates it too; an explicit instantiation fails in each of these cases.
 * Undefined for a kernel that is no template.
 */
export function instantiationOf(plan: Pick<LaunchPlan, 'kernel' | 'templateArguments'>): string | undefined {
  if (plan.templateArguments.length === 0) return undefined;
  const name = plan.kernel
    .split('::')
    .filter((part) => /^\w+$/.test(part))
    .join('::');
  const list = plan.templateArguments.join(', ');
  return `#line 1 "${instantiationFile}"\nnamespace kernel_lens_instantiation { void *kernel = (void *)::${name}<${list}>; }\n`;
}
