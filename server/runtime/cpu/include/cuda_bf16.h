// bfloat16 and its pair. Written from CUDA's documentation.
#pragma once
#include "kernel_lens/small_float.h"

__KL_SMALL_FLOAT(__nv_bfloat16, __nv_bfloat162, __nv_bfloat16_raw, floatToBfloat16, bfloat16ToFloat)
typedef __nv_bfloat16 nv_bfloat16;
typedef __nv_bfloat162 nv_bfloat162;

__KL_INLINE __nv_bfloat16 __float2bfloat16(float x) { return __nv_bfloat16(x); }
__KL_INLINE __nv_bfloat16 __float2bfloat16_rn(float x) { return __nv_bfloat16(x); }
__KL_INLINE __nv_bfloat16 __double2bfloat16(double x) { return __nv_bfloat16(x); }
__KL_INLINE float __bfloat162float(__nv_bfloat16 x) { return x; }
__KL_INLINE __nv_bfloat16 __int2bfloat16_rn(int x) { return __nv_bfloat16(x); }
__KL_INLINE int __bfloat162int_rn(__nv_bfloat16 x) { return __float2int_rn(x); }
__KL_INLINE __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) { return __nv_bfloat16(__nv_bfloat16_raw{bits}); }
__KL_INLINE unsigned short __bfloat16_as_ushort(__nv_bfloat16 x) { return x.__x; }

__KL_INLINE __nv_bfloat162 make_bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
__KL_INLINE __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
__KL_INLINE __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 a) { return __nv_bfloat162(a, a); }
__KL_INLINE __nv_bfloat162 __float2bfloat162_rn(float x) { return __nv_bfloat162(__nv_bfloat16(x), __nv_bfloat16(x)); }
__KL_INLINE __nv_bfloat162 __floats2bfloat162_rn(float a, float b) {
  return __nv_bfloat162(__nv_bfloat16(a), __nv_bfloat16(b));
}
__KL_INLINE __nv_bfloat162 __float22bfloat162_rn(float2 v) { return __floats2bfloat162_rn(v.x, v.y); }
__KL_INLINE float2 __bfloat1622float2(__nv_bfloat162 v) { return make_float2(v.x, v.y); }
__KL_INLINE __nv_bfloat16 __low2bfloat16(__nv_bfloat162 v) { return v.x; }
__KL_INLINE __nv_bfloat16 __high2bfloat16(__nv_bfloat162 v) { return v.y; }
