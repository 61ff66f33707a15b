// Complex numbers of the C interface. Written from CUDA's documentation.
#pragma once
#include "cuda_runtime.h"

typedef float2 cuFloatComplex;
typedef double2 cuDoubleComplex;
typedef cuFloatComplex cuComplex;

#define __KL_COMPLEX(type_, real_, suffix_)                                                                    \
  __KL_INLINE real_ cuCreal##suffix_(type_ a) { return a.x; }                                                  \
  __KL_INLINE real_ cuCimag##suffix_(type_ a) { return a.y; }                                                  \
  __KL_INLINE type_ cuConj##suffix_(type_ a) { return type_{a.x, -a.y}; }                                      \
  __KL_INLINE type_ cuCadd##suffix_(type_ a, type_ b) { return type_{a.x + b.x, a.y + b.y}; }                  \
  __KL_INLINE type_ cuCsub##suffix_(type_ a, type_ b) { return type_{a.x - b.x, a.y - b.y}; }                  \
  __KL_INLINE type_ cuCmul##suffix_(type_ a, type_ b) {                                                        \
    return type_{a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x};                                                \
  }                                                                                                            \
  __KL_INLINE type_ cuCdiv##suffix_(type_ a, type_ b) {                                                        \
    const real_ d = b.x * b.x + b.y * b.y;                                                                     \
    return type_{(a.x * b.x + a.y * b.y) / d, (a.y * b.x - a.x * b.y) / d};                                    \
  }                                                                                                            \
  __KL_INLINE real_ cuCabs##suffix_(type_ a) { return static_cast<real_>(::hypot(a.x, a.y)); }                 \
  __KL_INLINE type_ cuCfma##suffix_(type_ a, type_ b, type_ c) { return cuCadd##suffix_(cuCmul##suffix_(a, b), c); }
__KL_COMPLEX(cuFloatComplex, float, f)
__KL_COMPLEX(cuDoubleComplex, double, )
#undef __KL_COMPLEX

__KL_INLINE cuFloatComplex make_cuFloatComplex(float real, float imaginary) { return cuFloatComplex{real, imaginary}; }
__KL_INLINE cuComplex make_cuComplex(float real, float imaginary) { return cuComplex{real, imaginary}; }
__KL_INLINE cuDoubleComplex make_cuDoubleComplex(double real, double imaginary) {
  return cuDoubleComplex{real, imaginary};
}
__KL_INLINE cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex a) { return cuDoubleComplex{a.x, a.y}; }
__KL_INLINE cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex a) {
  return cuFloatComplex{static_cast<float>(a.x), static_cast<float>(a.y)};
}
