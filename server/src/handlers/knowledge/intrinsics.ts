/** Loads, arithmetic and other functions of device code. */
import { msg } from '../../analysis/rules/rule';
import type { Knowledge } from './types';

const lessExact = msg(
  'Less exact than the function without underscores; `-use_fast_math` replaces that one by this everywhere.',
);

export const intrinsics: Knowledge = {
  __ldg: {
    code: 'T __ldg(const T* address)',
    text: msg('A load through the read-only cache.'),
    trap: msg(
      'Nobody may write the data while the kernel runs. `const T* __restrict__` lets the compiler do the same by itself.',
    ),
  },
  __ldcs: {
    code: 'T __ldcs(const T* address)',
    text: msg('A load of data that is used once: it is the first to leave the cache.'),
  },
  __stcs: {
    code: 'void __stcs(T* address, T value)',
    text: msg('A store of data that is not read soon: it is the first to leave the cache.'),
  },
  __ldcg: {
    code: 'T __ldcg(const T* address)',
    text: msg('A load that is cached in L2 only.'),
  },
  __pipeline_memcpy_async: {
    code: 'void __pipeline_memcpy_async(void* shared, const void* global, size_t bytes)',
    text: msg(
      'Starts a copy of 4, 8 or 16 bytes from global to shared memory; the thread goes on. In hardware since compute capability 8.0.',
    ),
    trap: msg('The data are there after `__pipeline_wait_prior`, and for other threads after a barrier as well.'),
  },
  __pipeline_commit: {
    code: 'void __pipeline_commit()',
    text: msg('Closes the group of copies that this thread has started.'),
  },
  __pipeline_wait_prior: {
    code: 'void __pipeline_wait_prior(size_t count)',
    text: msg('Waits until at most the last `count` groups of this thread are still under way.'),
  },
  __sinf: {
    code: 'float __sinf(float x)',
    text: msg('Fast sine of a float, in radians.'),
    trap: lessExact,
  },
  __cosf: {
    code: 'float __cosf(float x)',
    text: msg('Fast cosine of a float, in radians.'),
    trap: lessExact,
  },
  __expf: {
    code: 'float __expf(float x)',
    text: msg('Fast e to the power of a float.'),
    trap: lessExact,
  },
  __logf: {
    code: 'float __logf(float x)',
    text: msg('Fast natural logarithm of a float.'),
    trap: lessExact,
  },
  __powf: {
    code: 'float __powf(float x, float y)',
    text: msg('Fast `x` to the power of `y`.'),
    trap: lessExact,
  },
  __fdividef: {
    code: 'float __fdividef(float x, float y)',
    text: msg('Fast division; for `y` beyond 2¹²⁶ the result is 0.'),
  },
  __frsqrt_rn: {
    code: 'float __frsqrt_rn(float x)',
    text: msg('One divided by the square root, rounded to the nearest.'),
  },
  __fmaf_rn: {
    code: 'float __fmaf_rn(float x, float y, float z)',
    text: msg('`x * y + z` with one rounding, to the nearest.'),
  },
  __saturatef: {
    code: 'float __saturatef(float x)',
    text: msg('Clamps to the range from 0 to 1; costs nothing after an arithmetic instruction.'),
  },
  __popc: {
    code: 'int __popc(unsigned x)',
    text: msg('The number of bits that are 1.'),
  },
  __clz: {
    code: 'int __clz(int x)',
    text: msg('The number of zero bits above the highest 1; 32 for 0.'),
  },
  __ffs: {
    code: 'int __ffs(int x)',
    text: msg('Position of the lowest 1, counted from 1; 0 for 0.'),
  },
  __brev: {
    code: 'unsigned __brev(unsigned x)',
    text: msg('The bits in reverse order.'),
  },
  __umulhi: {
    code: 'unsigned __umulhi(unsigned x, unsigned y)',
    text: msg('The upper 32 bits of the product of 64.'),
  },
  __mul24: {
    code: 'int __mul24(int x, int y)',
    text: msg('Product of the lower 24 bits.'),
    trap: msg("Slower than `*` on today's GPUs."),
  },
  __dp4a: {
    code: 'int __dp4a(int a, int b, int c)',
    text: msg('Dot product of four bytes and four bytes, added to `c`. Since compute capability 6.1.'),
  },
  __funnelshift_l: {
    code: 'unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift)',
    text: msg('The upper 32 bits of `high:low` shifted left by the lower five bits of `shift`.'),
  },
  __float_as_int: {
    code: 'int __float_as_int(float x)',
    text: msg('The bits of a float as an integer; nothing is converted.'),
  },
  __int_as_float: {
    code: 'float __int_as_float(int x)',
    text: msg('The bits of an integer as a float; nothing is converted.'),
  },
  __float2half: {
    code: '__half __float2half(float x)',
    text: msg('Rounds a float to half precision: 11 significant bits, at most 65,504.'),
  },
  __half2float: {
    code: 'float __half2float(__half x)',
    text: msg('Widens half precision to a float, exactly.'),
  },
  __half2: {
    code: 'struct __half2',
    text: msg('Two halves in 32 bits: one instruction works on both.'),
  },
  __nv_bfloat16: {
    code: 'struct __nv_bfloat16',
    text: msg('16 bits with the exponent of a float and 8 significant bits.'),
  },
  clock64: {
    code: 'long long clock64()',
    text: msg("The multiprocessor's cycle counter."),
    trap: msg('Counters of different multiprocessors do not agree.'),
  },
};
