// char1 … double4, dim3 and their make_ functions, with CUDA's sizes and alignments.
#pragma once
#include "qualifiers.h"

#define __KL_VECTOR(name_, element_, align2_, align4_)                                                       \
  struct name_##1 {                                                                                          \
    element_ x;                                                                                              \
  };                                                                                                         \
  struct __attribute__((aligned(align2_))) name_##2 {                                                        \
    element_ x, y;                                                                                           \
  };                                                                                                         \
  struct name_##3 {                                                                                          \
    element_ x, y, z;                                                                                        \
  };                                                                                                         \
  struct __attribute__((aligned(align4_))) name_##4 {                                                        \
    element_ x, y, z, w;                                                                                     \
  };                                                                                                         \
  __KL_INLINE constexpr name_##1 make_##name_##1(element_ x) { return name_##1{x}; }                         \
  __KL_INLINE constexpr name_##2 make_##name_##2(element_ x, element_ y) { return name_##2{x, y}; }          \
  __KL_INLINE constexpr name_##3 make_##name_##3(element_ x, element_ y, element_ z) {                       \
    return name_##3{x, y, z};                                                                                \
  }                                                                                                          \
  __KL_INLINE constexpr name_##4 make_##name_##4(element_ x, element_ y, element_ z, element_ w) {           \
    return name_##4{x, y, z, w};                                                                             \
  }

__KL_VECTOR(char, signed char, 2, 4)
__KL_VECTOR(uchar, unsigned char, 2, 4)
__KL_VECTOR(short, short, 4, 8)
__KL_VECTOR(ushort, unsigned short, 4, 8)
__KL_VECTOR(int, int, 8, 16)
__KL_VECTOR(uint, unsigned int, 8, 16)
__KL_VECTOR(long, long, 2 * sizeof(long), 16)
__KL_VECTOR(ulong, unsigned long, 2 * sizeof(long), 16)
__KL_VECTOR(longlong, long long, 16, 16)
__KL_VECTOR(ulonglong, unsigned long long, 16, 16)
__KL_VECTOR(float, float, 8, 16)
__KL_VECTOR(double, double, 16, 16)
#undef __KL_VECTOR

// CUDA 13 names the alignment of the 32-byte types.
#define __KL_WIDE_VECTOR(name_, element_, align_)                                                            \
  struct __attribute__((aligned(align_))) name_##4_##align_##a {                                             \
    element_ x, y, z, w;                                                                                     \
  };                                                                                                         \
  __KL_INLINE constexpr name_##4_##align_##a make_##name_##4_##align_##a(element_ x, element_ y, element_ z, \
                                                                         element_ w) {                       \
    return name_##4_##align_##a{x, y, z, w};                                                                 \
  }
__KL_WIDE_VECTOR(long, long, 16)
__KL_WIDE_VECTOR(long, long, 32)
__KL_WIDE_VECTOR(ulong, unsigned long, 16)
__KL_WIDE_VECTOR(ulong, unsigned long, 32)
__KL_WIDE_VECTOR(longlong, long long, 16)
__KL_WIDE_VECTOR(longlong, long long, 32)
__KL_WIDE_VECTOR(ulonglong, unsigned long long, 16)
__KL_WIDE_VECTOR(ulonglong, unsigned long long, 32)
__KL_WIDE_VECTOR(double, double, 16)
__KL_WIDE_VECTOR(double, double, 32)
#undef __KL_WIDE_VECTOR

struct dim3 {
  unsigned int x, y, z;
  constexpr dim3(unsigned int width = 1, unsigned int height = 1, unsigned int depth = 1)
      : x(width), y(height), z(depth) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  constexpr operator uint3() const { return uint3{x, y, z}; }
};
