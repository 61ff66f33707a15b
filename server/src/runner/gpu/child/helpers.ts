/** Device kernels of our own: one reads through a buffer, which leaves the second-level cache full of clean, foreign lines; one is empty. */
import { result, type Driver } from './driver';

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
`;

export const readAllKernel = 'kernelLensReadAll';
export const emptyKernel = 'kernelLensEmpty';
export const readAllBlock = 256;
/** Bytes one thread reads. */
export const readAllVector = 16;

export interface Helpers {
  readonly readAll: bigint;
  readonly empty: bigint;
}

/** Undefined where the driver has no compiler for PTX. */
export function loadHelpers(driver: Driver): Helpers | undefined {
  const module = Buffer.alloc(8);
  const code = driver.raw.cuModuleLoadDataEx(module, Buffer.from(`${helperPtx}\0`), 0, null, null);
  if (code !== result.success) return undefined;
  const find = (name: string) => driver.handle('cuModuleGetFunction', module.readBigUInt64LE(), name);
  return { readAll: find(readAllKernel), empty: find(emptyKernel) };
}
