/**
 * Device kernels of our own: one reads through a buffer, which leaves the second-level cache full of clean, foreign lines;
 * one is empty; two look at what a kernel left in its buffers.
 */
import { result, type Driver } from './driver';

/** The number of the thread in the whole grid, and how many threads there are: a loop over any number of elements. */
const everyThread = (index: string, step: string) => `  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  mov.u32 %r4, %nctaid.x;
  cvt.u64.u32 ${index}, %r3;
  mad.wide.u32 ${index}, %r1, %r2, ${index};
  mul.wide.u32 ${step}, %r4, %r2;`;

/**
 * PTX so that any driver compiles it for any GPU. Writing the buffer instead (a memset) would leave the cache full of
 * lines that the measured kernel then pays to write back: on an H100 that adds several percent to a short kernel.
 */
export const helperPtx = `
.version 6.4
.target sm_50
.address_size 64

.visible .entry kernelLensReadAll(.param .u64 base, .param .u64 vectors)
{
  .reg .pred %p<3>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<7>;
  ld.param.u64 %rd1, [base];
  ld.param.u64 %rd2, [vectors];
  cvta.to.global.u64 %rd1, %rd1;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  cvt.u64.u32 %rd4, %r3;
  mad.wide.u32 %rd3, %r1, %r2, %rd4;
  setp.ge.u64 %p1, %rd3, %rd2;
  @%p1 bra done;
  shl.b64 %rd5, %rd3, 4;
  add.u64 %rd6, %rd1, %rd5;
  ld.global.cg.v4.u32 {%r4, %r5, %r6, %r7}, [%rd6];
  or.b32 %r4, %r4, %r5;
  or.b32 %r6, %r6, %r7;
  or.b32 %r4, %r4, %r6;
  // The buffer is all zero, so nothing is ever stored; the compiler cannot know and keeps the loads.
  setp.ne.u32 %p2, %r4, 0;
  @%p2 st.global.u32 [%rd6], %r5;
done:
  ret;
}

.visible .entry kernelLensEmpty()
{
  ret;
}

// Adds a mix of each word and its index to *out: a word that changes changes the sum.
.visible .entry kernelLensHash(.param .u64 base, .param .u64 words, .param .u64 out)
{
  .reg .pred %p<2>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<11>;
  ld.param.u64 %rd1, [base];
  ld.param.u64 %rd2, [words];
  ld.param.u64 %rd3, [out];
  cvta.to.global.u64 %rd1, %rd1;
  cvta.to.global.u64 %rd3, %rd3;
${everyThread('%rd4', '%rd5')}
  mov.u64 %rd6, 0;
hashLoop:
  setp.ge.u64 %p1, %rd4, %rd2;
  @%p1 bra hashEnd;
  shl.b64 %rd7, %rd4, 2;
  add.u64 %rd7, %rd1, %rd7;
  ld.global.u32 %r5, [%rd7];
  cvt.u64.u32 %rd8, %r5;
  mul.lo.u64 %rd9, %rd4, 0x9e3779b97f4a7c15;
  add.u64 %rd8, %rd8, %rd9;
  shr.u64 %rd9, %rd8, 32;
  xor.b64 %rd8, %rd8, %rd9;
  mul.lo.u64 %rd8, %rd8, 0xd6e8feb86659fd93;
  shr.u64 %rd9, %rd8, 32;
  xor.b64 %rd8, %rd8, %rd9;
  add.u64 %rd6, %rd6, %rd8;
  add.u64 %rd4, %rd4, %rd5;
  bra hashLoop;
hashEnd:
  red.global.add.u64 [%rd3], %rd6;
  ret;
}

// Of scalars of 2, 4 or 8 bytes whose exponent bits are all ones: NaN to out[0], infinite to out[1], the first to out[2].
.visible .entry kernelLensNotFinite(.param .u64 base, .param .u64 count, .param .u64 width, .param .u64 exponent,
  .param .u64 mantissa, .param .u64 out)
{
  .reg .pred %p<6>;
  .reg .b16 %h<2>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<18>;
  ld.param.u64 %rd1, [base];
  ld.param.u64 %rd2, [count];
  ld.param.u64 %rd3, [width];
  ld.param.u64 %rd4, [exponent];
  ld.param.u64 %rd5, [mantissa];
  ld.param.u64 %rd6, [out];
  cvta.to.global.u64 %rd1, %rd1;
  cvta.to.global.u64 %rd6, %rd6;
${everyThread('%rd7', '%rd8')}
  mov.u64 %rd9, 0;
  mov.u64 %rd10, 0;
  mov.u64 %rd11, 0xffffffffffffffff;
  setp.eq.u64 %p1, %rd3, 2;
  setp.eq.u64 %p2, %rd3, 4;
finiteLoop:
  setp.ge.u64 %p3, %rd7, %rd2;
  @%p3 bra finiteEnd;
  mul.lo.u64 %rd12, %rd7, %rd3;
  add.u64 %rd12, %rd1, %rd12;
  @%p1 bra load2;
  @%p2 bra load4;
  ld.global.u64 %rd13, [%rd12];
  bra loaded;
load2:
  ld.global.u16 %h1, [%rd12];
  cvt.u64.u16 %rd13, %h1;
  bra loaded;
load4:
  ld.global.u32 %r5, [%rd12];
  cvt.u64.u32 %rd13, %r5;
loaded:
  and.b64 %rd14, %rd13, %rd4;
  setp.ne.u64 %p4, %rd14, %rd4;
  @%p4 bra next;
  min.u64 %rd11, %rd11, %rd7;
  and.b64 %rd15, %rd13, %rd5;
  setp.eq.u64 %p5, %rd15, 0;
  @%p5 add.u64 %rd10, %rd10, 1;
  @!%p5 add.u64 %rd9, %rd9, 1;
next:
  add.u64 %rd7, %rd7, %rd8;
  bra finiteLoop;
finiteEnd:
  add.u64 %rd16, %rd9, %rd10;
  setp.eq.u64 %p3, %rd16, 0;
  @%p3 bra finiteDone;
  red.global.add.u64 [%rd6], %rd9;
  red.global.add.u64 [%rd6+8], %rd10;
  red.global.min.u64 [%rd6+16], %rd11;
finiteDone:
  ret;
}
`;

export const readAllKernel = 'kernelLensReadAll';
export const emptyKernel = 'kernelLensEmpty';
export const hashKernel = 'kernelLensHash';
export const notFiniteKernel = 'kernelLensNotFinite';
export const readAllBlock = 256;
/** Bytes one thread reads. */
export const readAllVector = 16;

export interface Helpers {
  readonly readAll: bigint;
  readonly empty: bigint;
  readonly hash: bigint;
  readonly notFinite: bigint;
}

/** Undefined where the driver has no compiler for PTX. */
export function loadHelpers(driver: Driver): Helpers | undefined {
  const module = Buffer.alloc(8);
  const code = driver.raw.cuModuleLoadDataEx(module, Buffer.from(`${helperPtx}\0`), 0, null, null);
  if (code !== result.success) return undefined;
  const find = (name: string) => driver.handle('cuModuleGetFunction', module.readBigUInt64LE(), name);
  return {
    readAll: find(readAllKernel),
    empty: find(emptyKernel),
    hash: find(hashKernel),
    notFinite: find(notFiniteKernel),
  };
}

/** Launches a helper whose parameters are all 64 bits wide. */
export function launchHelper(
  driver: Driver,
  kernel: bigint,
  blocks: number,
  threads: number,
  stream: bigint,
  values: readonly bigint[],
): void {
  const memory = driver.koffi.alloc('uint8_t', 16 * values.length);
  try {
    const view = new DataView(driver.koffi.view(memory, 16 * values.length));
    values.forEach((value, index) => {
      const at = 8 * (values.length + index);
      view.setBigUint64(8 * index, memory + BigInt(at), true);
      view.setBigUint64(at, value, true);
    });
    // The launch copies the parameters.
    driver.call('cuLaunchKernel', kernel, blocks, 1, 1, threads, 1, 1, 0, stream, memory, null);
  } finally {
    driver.koffi.free(memory);
  }
}
