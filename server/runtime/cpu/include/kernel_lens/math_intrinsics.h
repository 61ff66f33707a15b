// CUDA's math functions beyond the C library's, and its fast and rounding intrinsics.
//
// The fast forms are as exact as the plain ones here: a CPU has no approximate units worth imitating. The directed
// rounding forms (_ru, _rd, _rz) of sums and products round to nearest, which is said in docs/cpu-backend.md.
#pragma once
#include "execution.h"

// glibc owns these names (some as internal symbols, some only in newer versions), so ours are called otherwise.
#define __expf __kl_expf
#define __exp10f __kl_exp10f
#define __logf __kl_logf
#define __log2f __kl_log2f
#define __log10f __kl_log10f
#define __sinf __kl_sinf
#define __cosf __kl_cosf
#define __tanf __kl_tanf
#define __tanhf __kl_tanhf
#define __powf __kl_powf
#define __sincosf __kl_sincosf
#define rsqrt __kl_rsqrt
#define rsqrtf __kl_rsqrtf
#define sinpi __kl_sinpi
#define sinpif __kl_sinpif
#define cospi __kl_cospi
#define cospif __kl_cospif

#define __KL_UNARY(name_, type_, expression_) \
  __KL_INLINE type_ name_(type_ x) { return expression_; }
#define __KL_BINARY(name_, type_, expression_) \
  __KL_INLINE type_ name_(type_ x, type_ y) { return expression_; }

__KL_UNARY(__expf, float, ::expf(x))
__KL_UNARY(__exp10f, float, ::powf(10.0f, x))
__KL_UNARY(__logf, float, ::logf(x))
__KL_UNARY(__log2f, float, ::log2f(x))
__KL_UNARY(__log10f, float, ::log10f(x))
__KL_UNARY(__sinf, float, ::sinf(x))
__KL_UNARY(__cosf, float, ::cosf(x))
__KL_UNARY(__tanf, float, ::tanf(x))
__KL_UNARY(__tanhf, float, ::tanhf(x))
__KL_BINARY(__powf, float, ::powf(x, y))
__KL_BINARY(__fdividef, float, x / y)
__KL_BINARY(fdividef, float, x / y)
__KL_UNARY(__saturatef, float, x != x ? 0.0f : ::fminf(::fmaxf(x, 0.0f), 1.0f))
__KL_INLINE void __sincosf(float x, float *sine, float *cosine) {
  *sine = ::sinf(x);
  *cosine = ::cosf(x);
}

__KL_UNARY(rsqrtf, float, 1.0f / ::sqrtf(x))
__KL_UNARY(rsqrt, double, 1.0 / ::sqrt(x))
__KL_UNARY(rsqrt, float, 1.0f / ::sqrtf(x))
__KL_UNARY(rcbrtf, float, 1.0f / ::cbrtf(x))
__KL_UNARY(rcbrt, double, 1.0 / ::cbrt(x))
__KL_UNARY(sinpif, float, static_cast<float>(::sin(static_cast<double>(x) * M_PI)))
__KL_UNARY(sinpi, double, ::sin(x *M_PI))
__KL_UNARY(cospif, float, static_cast<float>(::cos(static_cast<double>(x) * M_PI)))
__KL_UNARY(cospi, double, ::cos(x *M_PI))
__KL_UNARY(normcdff, float, 0.5f * ::erfcf(-x * 0.70710678f))
__KL_UNARY(normcdf, double, 0.5 * ::erfc(-x * M_SQRT1_2))
__KL_UNARY(erfcxf, float, static_cast<float>(::exp(static_cast<double>(x) * x) * ::erfc(static_cast<double>(x))))
__KL_UNARY(erfcx, double, ::exp(x *x) * ::erfc(x))
__KL_BINARY(rhypotf, float, 1.0f / ::hypotf(x, y))
__KL_BINARY(rhypot, double, 1.0 / ::hypot(x, y))
__KL_INLINE void sincospif(float x, float *sine, float *cosine) {
  *sine = sinpif(x);
  *cosine = cospif(x);
}
__KL_INLINE void sincospi(double x, double *sine, double *cosine) {
  *sine = sinpi(x);
  *cosine = cospi(x);
}
#if defined(__APPLE__)
__KL_INLINE void sincos(double x, double *sine, double *cosine) {
  *sine = ::sin(x);
  *cosine = ::cos(x);
}
__KL_INLINE void sincosf(float x, float *sine, float *cosine) {
  *sine = ::sinf(x);
  *cosine = ::cosf(x);
}
__KL_UNARY(exp10f, float, ::powf(10.0f, x))
__KL_UNARY(exp10, double, ::pow(10.0, x))
#endif
__KL_INLINE void sincos(float x, float *sine, float *cosine) {
  *sine = ::sinf(x);
  *cosine = ::cosf(x);
}
__KL_INLINE float norm3df(float a, float b, float c) { return ::sqrtf(a * a + b * b + c * c); }
__KL_INLINE double norm3d(double a, double b, double c) { return ::sqrt(a * a + b * b + c * c); }
__KL_INLINE float norm4df(float a, float b, float c, float d) { return ::sqrtf(a * a + b * b + c * c + d * d); }
__KL_INLINE double norm4d(double a, double b, double c, double d) { return ::sqrt(a * a + b * b + c * c + d * d); }
__KL_INLINE float rnorm3df(float a, float b, float c) { return 1.0f / norm3df(a, b, c); }
__KL_INLINE double rnorm3d(double a, double b, double c) { return 1.0 / norm3d(a, b, c); }

// Arithmetic with a named rounding.
#define __KL_ROUNDINGS(macro_, name_, type_, expression_) \
  macro_(name_##_rn, type_, expression_) macro_(name_##_rz, type_, expression_) \
  macro_(name_##_ru, type_, expression_) macro_(name_##_rd, type_, expression_)
__KL_ROUNDINGS(__KL_BINARY, __fadd, float, x + y)
__KL_ROUNDINGS(__KL_BINARY, __fsub, float, x - y)
__KL_ROUNDINGS(__KL_BINARY, __fmul, float, x *y)
__KL_ROUNDINGS(__KL_BINARY, __fdiv, float, x / y)
__KL_ROUNDINGS(__KL_UNARY, __frcp, float, 1.0f / x)
__KL_ROUNDINGS(__KL_UNARY, __fsqrt, float, ::sqrtf(x))
__KL_UNARY(__frsqrt_rn, float, 1.0f / ::sqrtf(x))
__KL_ROUNDINGS(__KL_BINARY, __dadd, double, x + y)
__KL_ROUNDINGS(__KL_BINARY, __dsub, double, x - y)
__KL_ROUNDINGS(__KL_BINARY, __dmul, double, x *y)
__KL_ROUNDINGS(__KL_BINARY, __ddiv, double, x / y)
__KL_ROUNDINGS(__KL_UNARY, __drcp, double, 1.0 / x)
__KL_ROUNDINGS(__KL_UNARY, __dsqrt, double, ::sqrt(x))
#define __KL_FMA(suffix_)                                                                                \
  __KL_INLINE float __fmaf_##suffix_(float x, float y, float z) { return ::fmaf(x, y, z); }              \
  __KL_INLINE double __fma_##suffix_(double x, double y, double z) { return ::fma(x, y, z); }
__KL_FMA(rn)
__KL_FMA(rz)
__KL_FMA(ru)
__KL_FMA(rd)
#undef __KL_FMA
#undef __KL_ROUNDINGS
#undef __KL_BINARY
#undef __KL_UNARY

// CUDA offers these unqualified, and for mixed types.
template <class A_, class B_>
__KL_INLINE constexpr typename std::enable_if<std::is_arithmetic<A_>::value && std::is_arithmetic<B_>::value,
                                              typename std::common_type<A_, B_>::type>::type
max(A_ a, B_ b) {
  typedef typename std::common_type<A_, B_>::type C_;
  return static_cast<C_>(a) < static_cast<C_>(b) ? static_cast<C_>(b) : static_cast<C_>(a);
}
template <class A_, class B_>
__KL_INLINE constexpr typename std::enable_if<std::is_arithmetic<A_>::value && std::is_arithmetic<B_>::value,
                                              typename std::common_type<A_, B_>::type>::type
min(A_ a, B_ b) {
  typedef typename std::common_type<A_, B_>::type C_;
  return static_cast<C_>(b) < static_cast<C_>(a) ? static_cast<C_>(b) : static_cast<C_>(a);
}
__KL_INLINE unsigned int umin(unsigned int a, unsigned int b) { return b < a ? b : a; }
__KL_INLINE unsigned int umax(unsigned int a, unsigned int b) { return a < b ? b : a; }
__KL_INLINE long long llmin(long long a, long long b) { return b < a ? b : a; }
__KL_INLINE long long llmax(long long a, long long b) { return a < b ? b : a; }
using std::abs;
using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;

__KL_INLINE long long clock64() { return __kl::nanoseconds(); }
/** Ends in parentheses only in device code; the host keeps the C library's clock(). */
__KL_INLINE clock_t __kl_device_clock() { return static_cast<clock_t>(__kl::nanoseconds()); }
__KL_INLINE unsigned long long __globaltimer() { return static_cast<unsigned long long>(__kl::nanoseconds()); }

// Address spaces: there is one.
__KL_INLINE unsigned int __isGlobal(const void *) { return 1; }
__KL_INLINE unsigned int __isShared(const void *) { return 0; }
__KL_INLINE unsigned int __isConstant(const void *) { return 0; }
__KL_INLINE unsigned int __isLocal(const void *) { return 0; }
__KL_INLINE size_t __cvta_generic_to_global(const void *p) { return reinterpret_cast<size_t>(p); }
__KL_INLINE size_t __cvta_generic_to_shared(const void *p) { return reinterpret_cast<size_t>(p); }
