// Bit counting, wide products, casts between bit patterns, rounding conversions, and the packed (SIMD-in-a-word) forms.
#pragma once
#include "execution.h"

__KL_INLINE int __popc(unsigned int x) { return __builtin_popcount(x); }
__KL_INLINE int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
__KL_INLINE int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned int>(x)); }
__KL_INLINE int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x)); }
__KL_INLINE int __ffs(int x) { return __builtin_ffs(x); }
__KL_INLINE int __ffsll(long long x) { return __builtin_ffsll(x); }
__KL_INLINE unsigned int __brev(unsigned int x) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(x);
}
__KL_INLINE unsigned long long __brevll(unsigned long long x) {
  return static_cast<unsigned long long>(__brev(static_cast<unsigned int>(x))) << 32 |
         __brev(static_cast<unsigned int>(x >> 32));
}
/** The n-th set bit of `mask` counted from `base` upwards (offset > 0) or downwards (offset < 0); 0xffffffff if none. */
inline unsigned int __fns(unsigned int mask, unsigned int base, int offset) {
  if (offset == 0) return mask >> base & 1u ? base : 0xffffffffu;
  const int step = offset > 0 ? 1 : -1;
  int left = offset > 0 ? offset : -offset;
  for (int bit = static_cast<int>(base); bit >= 0 && bit < 32; bit += step)
    if (mask >> bit & 1u && --left == 0) return static_cast<unsigned int>(bit);
  return 0xffffffffu;
}
inline unsigned int __byte_perm(unsigned int x, unsigned int y, unsigned int selector) {
  const uint64_t bytes = static_cast<uint64_t>(y) << 32 | x;
  unsigned int result = 0;
  for (int i = 0; i < 4; i++) {
    const unsigned int pick = selector >> (4 * i);
    unsigned int byte = static_cast<unsigned int>(bytes >> (8 * (pick & 7u))) & 0xffu;
    if (pick & 8u) byte = byte & 0x80u ? 0xffu : 0u;  // replicate the sign
    result |= byte << (8 * i);
  }
  return result;
}
__KL_INLINE unsigned int __funnelshift_l(unsigned int low, unsigned int high, unsigned int shift) {
  return static_cast<unsigned int>(((static_cast<uint64_t>(high) << 32 | low) << (shift & 31u)) >> 32);
}
__KL_INLINE unsigned int __funnelshift_lc(unsigned int low, unsigned int high, unsigned int shift) {
  return shift >= 32 ? low : __funnelshift_l(low, high, shift);
}
__KL_INLINE unsigned int __funnelshift_r(unsigned int low, unsigned int high, unsigned int shift) {
  return static_cast<unsigned int>((static_cast<uint64_t>(high) << 32 | low) >> (shift & 31u));
}
__KL_INLINE unsigned int __funnelshift_rc(unsigned int low, unsigned int high, unsigned int shift) {
  return shift >= 32 ? high : __funnelshift_r(low, high, shift);
}

__KL_INLINE int __mul24(int a, int b) {
  return static_cast<int>(static_cast<int64_t>(static_cast<int>(static_cast<unsigned>(a) << 8) >> 8) *
                          (static_cast<int>(static_cast<unsigned>(b) << 8) >> 8));
}
__KL_INLINE unsigned int __umul24(unsigned int a, unsigned int b) { return (a & 0xffffffu) * (b & 0xffffffu); }
__KL_INLINE int __mulhi(int a, int b) { return static_cast<int>(static_cast<int64_t>(a) * b >> 32); }
__KL_INLINE unsigned int __umulhi(unsigned int a, unsigned int b) {
  return static_cast<unsigned int>(static_cast<uint64_t>(a) * b >> 32);
}
__KL_INLINE long long __mul64hi(long long a, long long b) {
  return static_cast<long long>(static_cast<__int128>(a) * b >> 64);
}
__KL_INLINE unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>(static_cast<unsigned __int128>(a) * b >> 64);
}
__KL_INLINE unsigned int __sad(int a, int b, unsigned int c) {
  return c + (a > b ? static_cast<unsigned>(a) - static_cast<unsigned>(b) : static_cast<unsigned>(b) - static_cast<unsigned>(a));
}
__KL_INLINE unsigned int __usad(unsigned int a, unsigned int b, unsigned int c) { return c + (a > b ? a - b : b - a); }
__KL_INLINE int __hadd(int a, int b) { return static_cast<int>((static_cast<int64_t>(a) + b) >> 1); }
__KL_INLINE int __rhadd(int a, int b) { return static_cast<int>((static_cast<int64_t>(a) + b + 1) >> 1); }
__KL_INLINE unsigned int __uhadd(unsigned int a, unsigned int b) {
  return static_cast<unsigned int>((static_cast<uint64_t>(a) + b) >> 1);
}
__KL_INLINE unsigned int __urhadd(unsigned int a, unsigned int b) {
  return static_cast<unsigned int>((static_cast<uint64_t>(a) + b + 1) >> 1);
}
inline int __dp4a(int a, int b, int c) {
  for (int i = 0; i < 32; i += 8) c += static_cast<signed char>(a >> i) * static_cast<signed char>(b >> i);
  return c;
}
inline unsigned int __dp4a(unsigned int a, unsigned int b, unsigned int c) {
  for (int i = 0; i < 32; i += 8) c += (a >> i & 0xffu) * (b >> i & 0xffu);
  return c;
}
inline int __dp2a_lo(int a, int b, int c) {
  return c + static_cast<short>(a) * static_cast<signed char>(b) +
         static_cast<short>(a >> 16) * static_cast<signed char>(b >> 8);
}
inline int __dp2a_hi(int a, int b, int c) { return __dp2a_lo(a, b >> 16, c); }

// The same bits as another type.
#define __KL_BITS(name_, to_, from_)  \
  __KL_INLINE to_ name_(from_ x) {    \
    to_ result;                       \
    memcpy(&result, &x, sizeof result); \
    return result;                    \
  }
__KL_BITS(__float_as_int, int, float)
__KL_BITS(__float_as_uint, unsigned int, float)
__KL_BITS(__int_as_float, float, int)
__KL_BITS(__uint_as_float, float, unsigned int)
__KL_BITS(__double_as_longlong, long long, double)
__KL_BITS(__longlong_as_double, double, long long)
#undef __KL_BITS
__KL_INLINE int __double2hiint(double x) { return static_cast<int>(__double_as_longlong(x) >> 32); }
__KL_INLINE int __double2loint(double x) { return static_cast<int>(__double_as_longlong(x)); }
__KL_INLINE double __hiloint2double(int high, int low) {
  return __longlong_as_double(static_cast<long long>(static_cast<uint64_t>(static_cast<unsigned>(high)) << 32 |
                                                     static_cast<unsigned>(low)));
}

namespace __kl {
/** Float to integer as the GPU does it: NaN is 0, what does not fit saturates. */
template <class I_, class F_> inline I_ saturate(F_ x) {
  if (x != x) return 0;
  const F_ beyond = static_cast<F_>(std::is_signed<I_>::value ? (sizeof(I_) == 8 ? 9223372036854775808.0 : 2147483648.0)
                                                              : (sizeof(I_) == 8 ? 18446744073709551616.0 : 4294967296.0));
  const I_ largest = static_cast<I_>(std::is_signed<I_>::value ? (static_cast<uint64_t>(1) << (8 * sizeof(I_) - 1)) - 1
                                                               : ~static_cast<uint64_t>(0));
  if (x >= beyond) return largest;
  if (std::is_signed<I_>::value ? x < -beyond : x < 0) return static_cast<I_>(std::is_signed<I_>::value ? ~largest : 0);
  return static_cast<I_>(x);
}
/** Integer or double to a narrower floating type, rounded downwards or upwards. */
template <class F_, class S_> inline F_ roundDown(S_ x) {
  const F_ nearest = static_cast<F_>(x);
  return static_cast<long double>(nearest) > static_cast<long double>(x) ? std::nextafter(nearest, -static_cast<F_>(INFINITY)) : nearest;
}
template <class F_, class S_> inline F_ roundUp(S_ x) {
  const F_ nearest = static_cast<F_>(x);
  return static_cast<long double>(nearest) < static_cast<long double>(x) ? std::nextafter(nearest, static_cast<F_>(INFINITY)) : nearest;
}
template <class F_, class S_> inline F_ roundToZero(S_ x) {
  if constexpr (std::is_signed<S_>::value || std::is_floating_point<S_>::value)
    if (x < 0) return roundUp<F_>(x);
  return roundDown<F_>(x);
}
}  // namespace __kl

#define __KL_TO_INTEGER(name_, integer_, float_)                                                        \
  __KL_INLINE integer_ name_##_rn(float_ x) { return __kl::saturate<integer_>(std::nearbyint(x)); }     \
  __KL_INLINE integer_ name_##_rz(float_ x) { return __kl::saturate<integer_>(std::trunc(x)); }         \
  __KL_INLINE integer_ name_##_ru(float_ x) { return __kl::saturate<integer_>(std::ceil(x)); }          \
  __KL_INLINE integer_ name_##_rd(float_ x) { return __kl::saturate<integer_>(std::floor(x)); }
__KL_TO_INTEGER(__float2int, int, float)
__KL_TO_INTEGER(__float2uint, unsigned int, float)
__KL_TO_INTEGER(__float2ll, long long, float)
__KL_TO_INTEGER(__float2ull, unsigned long long, float)
__KL_TO_INTEGER(__double2int, int, double)
__KL_TO_INTEGER(__double2uint, unsigned int, double)
__KL_TO_INTEGER(__double2ll, long long, double)
__KL_TO_INTEGER(__double2ull, unsigned long long, double)
#undef __KL_TO_INTEGER

#define __KL_TO_FLOAT(name_, float_, source_)                                                                \
  __KL_INLINE float_ name_##_rn(source_ x) { return static_cast<float_>(x); }                                \
  __KL_INLINE float_ name_##_rd(source_ x) { return __kl::roundDown<float_>(x); }                            \
  __KL_INLINE float_ name_##_ru(source_ x) { return __kl::roundUp<float_>(x); }                              \
  __KL_INLINE float_ name_##_rz(source_ x) { return __kl::roundToZero<float_>(x); }
__KL_TO_FLOAT(__int2float, float, int)
__KL_TO_FLOAT(__uint2float, float, unsigned int)
__KL_TO_FLOAT(__ll2float, float, long long)
__KL_TO_FLOAT(__ull2float, float, unsigned long long)
__KL_TO_FLOAT(__ll2double, double, long long)
__KL_TO_FLOAT(__ull2double, double, unsigned long long)
__KL_TO_FLOAT(__double2float, float, double)
#undef __KL_TO_FLOAT
__KL_INLINE double __int2double_rn(int x) { return x; }
__KL_INLINE double __uint2double_rn(unsigned int x) { return x; }

// Two halfwords or four bytes in a word, each lane by itself.
#define __KL_PACKED(name_, width_, lane_, expression_)                        \
  inline unsigned int name_(unsigned int a_, unsigned int b_) {               \
    unsigned int packed = 0;                                                  \
    for (int shift = 0; shift < 32; shift += width_) {                        \
      const lane_ a = static_cast<lane_>(a_ >> shift);                        \
      const lane_ b = static_cast<lane_>(b_ >> shift);                        \
      const unsigned int r = static_cast<unsigned int>(expression_);          \
      packed |= (r & (0xffffffffu >> (32 - width_))) << shift;                \
    }                                                                         \
    return packed;                                                            \
  }
#define __KL_PACKED_SIGNED(name_, expression_)        \
  __KL_PACKED(name_##2, 16, short, expression_)       \
  __KL_PACKED(name_##4, 8, signed char, expression_)
#define __KL_PACKED_UNSIGNED(name_, expression_)          \
  __KL_PACKED(name_##2, 16, unsigned short, expression_)  \
  __KL_PACKED(name_##4, 8, unsigned char, expression_)
__KL_PACKED_SIGNED(__vadd, a + b)
__KL_PACKED_SIGNED(__vsub, a - b)
__KL_PACKED_SIGNED(__vmaxs, a > b ? a : b)
__KL_PACKED_SIGNED(__vmins, a < b ? a : b)
__KL_PACKED_UNSIGNED(__vmaxu, a > b ? a : b)
__KL_PACKED_UNSIGNED(__vminu, a < b ? a : b)
__KL_PACKED_UNSIGNED(__vabsdiffu, a > b ? a - b : b - a)
__KL_PACKED_SIGNED(__vabsdiffs, a > b ? a - b : b - a)
__KL_PACKED_UNSIGNED(__vavgu, (a + b + 1) / 2)
__KL_PACKED_UNSIGNED(__vhaddu, (a + b) / 2)
__KL_PACKED_SIGNED(__vcmpeq, a == b ? -1 : 0)
__KL_PACKED_SIGNED(__vcmpne, a != b ? -1 : 0)
__KL_PACKED_SIGNED(__vcmpgts, a > b ? -1 : 0)
__KL_PACKED_UNSIGNED(__vcmpgtu, a > b ? -1 : 0)
__KL_PACKED_SIGNED(__vseteq, a == b)
__KL_PACKED_SIGNED(__vsetne, a != b)
#undef __KL_PACKED_UNSIGNED
#undef __KL_PACKED_SIGNED
#undef __KL_PACKED
inline unsigned int __vneg2(unsigned int a) { return __vsub2(0, a); }
inline unsigned int __vneg4(unsigned int a) { return __vsub4(0, a); }
inline unsigned int __vabs2(unsigned int a) { return __vmaxs2(a, __vneg2(a)); }
inline unsigned int __vabs4(unsigned int a) { return __vmaxs4(a, __vneg4(a)); }
inline unsigned int __vsadu2(unsigned int a, unsigned int b) {
  const unsigned int d = __vabsdiffu2(a, b);
  return (d & 0xffffu) + (d >> 16);
}
inline unsigned int __vsadu4(unsigned int a, unsigned int b) {
  const unsigned int d = __vabsdiffu4(a, b);
  return (d & 0xffu) + (d >> 8 & 0xffu) + (d >> 16 & 0xffu) + (d >> 24);
}
