/** The few inline PTX instructions that have a plain C++ counterpart. */

/** Special registers that `mov` reads, and the call that gives their value. */
const registers: readonly (readonly [RegExp, string])[] = [
  [/%%laneid\b/, '::__kl_lane()'],
  [/%%warpid\b/, '::__kl_warp()'],
  [/%%smid\b/, '::__kl_multiprocessor()'],
  [/%%(?:globaltimer|clock64|clock)\b/, '::__kl_clock()'],
  [/%%lanemask_lt\b/, '(1u<<::__kl_lane())-1u'],
  [/%%lanemask_le\b/, '(2u<<::__kl_lane())-1u'],
  [/%%lanemask_eq\b/, '1u<<::__kl_lane()'],
  [/%%lanemask_ge\b/, '~((1u<<::__kl_lane())-1u)'],
  [/%%lanemask_gt\b/, '~((2u<<::__kl_lane())-1u)'],
];

/**
 * The C++ statement (without semicolon) that does what an `asm` statement says, or undefined where none is known.
 * `code` is the instruction text; `output` the expression that the first output operand names.
 */
export function emulatePtx(code: string, output: string | undefined): string | undefined {
  const text = code.replace(/\\[nrt]/g, ' ').trim();
  if (text === '') return '(void)0';
  if (/^(?:membar|fence)\.[\w.:]+\s*;$/.test(text)) return '::__threadfence()';
  if (/^(?:bar|barrier)\.sync(?:\.aligned)?\s+0\s*;$/.test(text)) return '::__syncthreads()';
  if (output !== undefined && /^mov\.\w+\s+%0\s*,[^;]*;$/.test(text)) {
    for (const [register, call] of registers) if (register.test(text)) return `${output}=${call}`;
  }
  return undefined;
}
