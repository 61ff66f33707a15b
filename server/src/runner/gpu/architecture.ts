/** nvcc's -arch value for a device, and the user's flags without theirs. */

export interface BuildTarget {
  readonly architecture: string;
  readonly flags: readonly string[];
}

/** Options that choose architectures or outputs, which are ours to choose; those in the first list take a value. */
const withValue = /^(-arch|--gpu-architecture|-code|--gpu-code|-gencode|--generate-code|-o|--output-file)$/;
const alone =
  /^((-arch|--gpu-architecture|-code|--gpu-code|-gencode|--generate-code|--output-file)=.*|-c|--compile|-dc|-dlink|-ptx|--ptx|-cubin|--cubin|-fatbin|--fatbin|-E|-M|-MM)$/;

/** `computeCapability` is the device's, `9.0`. An architecture-specific target of the user's flags (`sm_90a`) is kept where it fits. */
export function buildTarget(computeCapability: string, flags: readonly string[]): BuildTarget {
  const number = computeCapability.replace('.', '');
  const kept: string[] = [];
  let suffix = '';
  for (let index = 0; index < flags.length; index++) {
    const flag = flags[index] ?? '';
    const takesNext = withValue.test(flag);
    if (!takesNext && !alone.test(flag)) {
      kept.push(flag);
      continue;
    }
    const value = takesNext ? (flags[++index] ?? '') : flag;
    const specific = new RegExp(`(?:sm|compute)_${number}([af])\\b`).exec(value);
    if (specific !== null) suffix = specific[1] ?? '';
  }
  return { architecture: `sm_${number}${suffix}`, flags: kept };
}
