// What half and bfloat16 have in common: a float in 16 bits, calculated with as float and rounded after each operation.
#pragma once
#include <cuda_runtime.h>

namespace __kl {

inline uint16_t floatToHalf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000u;
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7fffu);   // NaN
  if (bits >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds to infinity
  if (bits < 0x38800000u) {
    // Subnormal: the value in units of the smallest, 2^-24.
    float magnitude;
    memcpy(&magnitude, &bits, sizeof magnitude);
    return static_cast<uint16_t>(sign | static_cast<uint32_t>(::nearbyintf(magnitude * 16777216.0f)));
  }
  bits += 0xfffu + (bits >> 13 & 1u);
  return static_cast<uint16_t>(sign | (bits - 0x38000000u) >> 13);
}

inline float halfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = half >> 10 & 31u, mantissa = half & 1023u;
  uint32_t bits;
  if (exponent == 31) {
    bits = 0x7f800000u | mantissa << 13;
  } else if (exponent != 0) {
    bits = (exponent + 112) << 23 | mantissa << 13;
  } else {
    const float magnitude = static_cast<float>(mantissa) * 5.9604644775390625e-8f;
    memcpy(&bits, &magnitude, sizeof bits);
  }
  bits |= sign;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint16_t floatToBfloat16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

inline float bfloat16ToFloat(uint16_t bfloat16) {
  const uint32_t bits = static_cast<uint32_t>(bfloat16) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace __kl

// The types and everything that is spelled alike for both: `Scalar_`, its pair, and how bits become a float.
#define __KL_SMALL_FLOAT(scalar_, pair_, raw_, toBits_, toFloat_)                                                     \
  struct raw_ {                                                                                                      \
    unsigned short x;                                                                                                \
  };                                                                                                                 \
  struct scalar_ {                                                                                                   \
    unsigned short __x;                                                                                              \
    scalar_() = default;                                                                                             \
    scalar_(raw_ raw) : __x(raw.x) {}                                                                                \
    scalar_(float value) : __x(__kl::toBits_(value)) {}                                                              \
    scalar_(double value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                         \
    scalar_(int value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                            \
    scalar_(unsigned int value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                   \
    scalar_(short value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                          \
    scalar_(unsigned short value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                 \
    scalar_(long value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                           \
    scalar_(unsigned long value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                  \
    scalar_(long long value) : __x(__kl::toBits_(static_cast<float>(value))) {}                                      \
    scalar_(unsigned long long value) : __x(__kl::toBits_(static_cast<float>(value))) {}                             \
    operator float() const { return __kl::toFloat_(__x); }                                                           \
    operator raw_() const { return raw_{__x}; }                                                                      \
    scalar_ &operator+=(scalar_ other) { return *this = scalar_((float)*this + (float)other); }                      \
    scalar_ &operator-=(scalar_ other) { return *this = scalar_((float)*this - (float)other); }                      \
    scalar_ &operator*=(scalar_ other) { return *this = scalar_((float)*this * (float)other); }                      \
    scalar_ &operator/=(scalar_ other) { return *this = scalar_((float)*this / (float)other); }                      \
  };                                                                                                                 \
  struct __attribute__((aligned(4))) pair_ {                                                                         \
    scalar_ x, y;                                                                                                    \
    pair_() = default;                                                                                               \
    pair_(scalar_ a, scalar_ b) : x(a), y(b) {}                                                                      \
    pair_ &operator+=(pair_ other) { return *this = pair_(__kl_sum(x, other.x), __kl_sum(y, other.y)); }             \
    pair_ &operator*=(pair_ other) { return *this = pair_(__kl_product(x, other.x), __kl_product(y, other.y)); }     \
    static scalar_ __kl_sum(scalar_ a, scalar_ b) { return scalar_((float)a + (float)b); }                           \
    static scalar_ __kl_product(scalar_ a, scalar_ b) { return scalar_((float)a * (float)b); }                       \
  };                                                                                                                 \
  __KL_SMALL_OPERATOR(scalar_, pair_, +, __hadd, __hadd2)                                                            \
  __KL_SMALL_OPERATOR(scalar_, pair_, -, __hsub, __hsub2)                                                            \
  __KL_SMALL_OPERATOR(scalar_, pair_, *, __hmul, __hmul2)                                                            \
  __KL_SMALL_OPERATOR(scalar_, pair_, /, __hdiv, __h2div)                                                            \
  __KL_INLINE scalar_ operator-(scalar_ a) { return scalar_(-(float)a); }                                            \
  __KL_INLINE pair_ operator-(pair_ a) { return pair_(-a.x, -a.y); }                                                 \
  __KL_SMALL_COMPARISON(scalar_, pair_, eq, ==)                                                                      \
  __KL_SMALL_COMPARISON(scalar_, pair_, ne, !=)                                                                      \
  __KL_SMALL_COMPARISON(scalar_, pair_, lt, <)                                                                       \
  __KL_SMALL_COMPARISON(scalar_, pair_, le, <=)                                                                      \
  __KL_SMALL_COMPARISON(scalar_, pair_, gt, >)                                                                       \
  __KL_SMALL_COMPARISON(scalar_, pair_, ge, >=)                                                                      \
  __KL_INLINE scalar_ __hfma(scalar_ a, scalar_ b, scalar_ c) {                                                      \
    return scalar_(static_cast<float>(static_cast<double>((float)a) * (float)b + (float)c));                         \
  }                                                                                                                  \
  __KL_INLINE pair_ __hfma2(pair_ a, pair_ b, pair_ c) {                                                             \
    return pair_(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));                                                      \
  }                                                                                                                  \
  __KL_INLINE scalar_ __hmax(scalar_ a, scalar_ b) { return scalar_(::fmaxf(a, b)); }                                \
  __KL_INLINE scalar_ __hmin(scalar_ a, scalar_ b) { return scalar_(::fminf(a, b)); }                                \
  __KL_INLINE pair_ __hmax2(pair_ a, pair_ b) { return pair_(__hmax(a.x, b.x), __hmax(a.y, b.y)); }                  \
  __KL_INLINE pair_ __hmin2(pair_ a, pair_ b) { return pair_(__hmin(a.x, b.x), __hmin(a.y, b.y)); }                  \
  __KL_INLINE bool __hisnan(scalar_ a) { return (float)a != (float)a; }                                              \
  __KL_INLINE int __hisinf(scalar_ a) { return std::isinf((float)a) ? ((float)a > 0 ? 1 : -1) : 0; }                 \
  __KL_SMALL_FUNCTION(scalar_, pair_, __hneg, __hneg2, -x)                                                           \
  __KL_SMALL_FUNCTION(scalar_, pair_, __habs, __habs2, ::fabsf(x))                                                   \
  __KL_SMALL_FUNCTION(scalar_, pair_, hexp, h2exp, ::expf(x))                                                        \
  __KL_SMALL_FUNCTION(scalar_, pair_, hexp2, h2exp2, ::exp2f(x))                                                     \
  __KL_SMALL_FUNCTION(scalar_, pair_, hexp10, h2exp10, ::powf(10.0f, x))                                             \
  __KL_SMALL_FUNCTION(scalar_, pair_, hlog, h2log, ::logf(x))                                                        \
  __KL_SMALL_FUNCTION(scalar_, pair_, hlog2, h2log2, ::log2f(x))                                                     \
  __KL_SMALL_FUNCTION(scalar_, pair_, hlog10, h2log10, ::log10f(x))                                                  \
  __KL_SMALL_FUNCTION(scalar_, pair_, hsqrt, h2sqrt, ::sqrtf(x))                                                     \
  __KL_SMALL_FUNCTION(scalar_, pair_, hrsqrt, h2rsqrt, 1.0f / ::sqrtf(x))                                            \
  __KL_SMALL_FUNCTION(scalar_, pair_, hrcp, h2rcp, 1.0f / x)                                                         \
  __KL_SMALL_FUNCTION(scalar_, pair_, hsin, h2sin, ::sinf(x))                                                        \
  __KL_SMALL_FUNCTION(scalar_, pair_, hcos, h2cos, ::cosf(x))                                                        \
  __KL_SMALL_FUNCTION(scalar_, pair_, htanh, h2tanh, ::tanhf(x))                                                     \
  __KL_SMALL_FUNCTION(scalar_, pair_, hfloor, h2floor, ::floorf(x))                                                  \
  __KL_SMALL_FUNCTION(scalar_, pair_, hceil, h2ceil, ::ceilf(x))                                                     \
  __KL_SMALL_FUNCTION(scalar_, pair_, htrunc, h2trunc, ::truncf(x))                                                  \
  __KL_SMALL_FUNCTION(scalar_, pair_, hrint, h2rint, ::rintf(x))                                                     \
  __KL_INLINE float __low2float(pair_ a) { return a.x; }                                                             \
  __KL_INLINE float __high2float(pair_ a) { return a.y; }

#define __KL_SMALL_OPERATOR(scalar_, pair_, operator_, name_, pairName_)                                          \
  __KL_INLINE scalar_ operator operator_(scalar_ a, scalar_ b) { return scalar_((float)a operator_(float) b); }   \
  __KL_INLINE pair_ operator operator_(pair_ a, pair_ b) { return pair_(a.x operator_ b.x, a.y operator_ b.y); }  \
  __KL_INLINE scalar_ name_(scalar_ a, scalar_ b) { return a operator_ b; }                                       \
  __KL_INLINE pair_ pairName_(pair_ a, pair_ b) { return a operator_ b; }
#define __KL_SMALL_COMPARISON(scalar_, pair_, name_, operator_)                                                \
  __KL_INLINE bool operator operator_(scalar_ a, scalar_ b) { return (float)a operator_(float) b; }            \
  __KL_INLINE bool __h##name_(scalar_ a, scalar_ b) { return a operator_ b; }                                  \
  __KL_INLINE bool __hb##name_##2(pair_ a, pair_ b) { return a.x operator_ b.x && a.y operator_ b.y; }         \
  __KL_INLINE pair_ __h##name_##2(pair_ a, pair_ b) {                                                          \
    return pair_(scalar_(a.x operator_ b.x ? 1.0f : 0.0f), scalar_(a.y operator_ b.y ? 1.0f : 0.0f));          \
  }
#define __KL_SMALL_FUNCTION(scalar_, pair_, name_, pairName_, expression_) \
  __KL_INLINE scalar_ name_(scalar_ a) {                                   \
    const float x = a;                                                     \
    return scalar_(expression_);                                           \
  }                                                                        \
  __KL_INLINE pair_ pairName_(pair_ a) { return pair_(name_(a.x), name_(a.y)); }
