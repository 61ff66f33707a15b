// half and half2. Written from CUDA's documentation.
#pragma once
#include "kernel_lens/small_float.h"

__KL_SMALL_FLOAT(__half, __half2, __half_raw, floatToHalf, halfToFloat)
typedef __half half;
typedef __half2 half2;

__KL_INLINE __half __float2half(float x) { return __half(x); }
__KL_INLINE __half __float2half_rn(float x) { return __half(x); }
__KL_INLINE __half __double2half(double x) { return __half(x); }
__KL_INLINE float __half2float(__half x) { return x; }
__KL_INLINE __half __int2half_rn(int x) { return __half(x); }
__KL_INLINE __half __uint2half_rn(unsigned int x) { return __half(x); }
__KL_INLINE int __half2int_rn(__half x) { return __float2int_rn(x); }
__KL_INLINE int __half2int_rz(__half x) { return __float2int_rz(x); }
__KL_INLINE unsigned int __half2uint_rn(__half x) { return __float2uint_rn(x); }
__KL_INLINE __half __ushort_as_half(unsigned short bits) { return __half(__half_raw{bits}); }
__KL_INLINE unsigned short __half_as_ushort(__half x) { return x.__x; }
__KL_INLINE __half hdiv(__half a, __half b) { return a / b; }

__KL_INLINE __half2 make_half2(__half a, __half b) { return __half2(a, b); }
__KL_INLINE __half2 __halves2half2(__half a, __half b) { return __half2(a, b); }
__KL_INLINE __half2 __half2half2(__half a) { return __half2(a, a); }
__KL_INLINE __half2 __float2half2_rn(float x) { return __half2(__half(x), __half(x)); }
__KL_INLINE __half2 __floats2half2_rn(float a, float b) { return __half2(__half(a), __half(b)); }
__KL_INLINE __half2 __float22half2_rn(float2 v) { return __floats2half2_rn(v.x, v.y); }
__KL_INLINE float2 __half22float2(__half2 v) { return make_float2(v.x, v.y); }
__KL_INLINE __half __low2half(__half2 v) { return v.x; }
__KL_INLINE __half __high2half(__half2 v) { return v.y; }
__KL_INLINE __half2 __low2half2(__half2 v) { return __half2(v.x, v.x); }
__KL_INLINE __half2 __high2half2(__half2 v) { return __half2(v.y, v.y); }
__KL_INLINE __half2 __lows2half2(__half2 a, __half2 b) { return __half2(a.x, b.x); }
__KL_INLINE __half2 __highs2half2(__half2 a, __half2 b) { return __half2(a.y, b.y); }
__KL_INLINE __half2 __lowhigh2highlow(__half2 v) { return __half2(v.y, v.x); }
