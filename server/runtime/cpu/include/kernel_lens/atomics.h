// CUDA's atomic functions, in all three scopes. Templates, so that a program that defines its own atomicAdd(double *) wins.
#pragma once
#include "execution.h"

namespace __kl {

/** Keeps an argument from taking part in deduction, so that `atomicAdd(&unsigned, 1)` works. */
template <class T_> struct Exactly {
  typedef T_ type;
};
template <class T_> using ExactlyT = typename Exactly<T_>::type;

/** An unsigned integer as wide as T, whose compare-and-swap the processor has. */
template <class T_>
using BitsOf = typename std::conditional<
    sizeof(T_) == 8, unsigned long long,
    typename std::conditional<sizeof(T_) == 4, unsigned int, unsigned short>::type>::type;

/** Reads, changes and writes back until no other thread came between; returns the old value. */
template <class T_, class F_> inline T_ update(T_ *address, F_ change) {
  static_assert(sizeof(T_) == 2 || sizeof(T_) == 4 || sizeof(T_) == 8, "no atomic operation of this size");
  typedef BitsOf<T_> Bits;
  tick();
  Bits *bits = reinterpret_cast<Bits *>(address);
  Bits before = __atomic_load_n(bits, __ATOMIC_RELAXED);
  for (;;) {
    T_ old;
    memcpy(&old, &before, sizeof old);
    const T_ changed = change(old);
    Bits after;
    memcpy(&after, &changed, sizeof after);
    if (__atomic_compare_exchange_n(bits, &before, after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return old;
  }
}

}  // namespace __kl

template <class T_> inline T_ atomicAdd(T_ *address, __kl::ExactlyT<T_> value) {
  if constexpr (std::is_integral<T_>::value) {
    __kl::tick();
    return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
  } else if constexpr (sizeof(T_) <= 8) {
    return __kl::update(address, [=](T_ old) { return static_cast<T_>(old + value); });
  } else {
    // float4: each component by itself, as on the GPU.
    T_ old;
    old.x = atomicAdd(&address->x, value.x);
    old.y = atomicAdd(&address->y, value.y);
    old.z = atomicAdd(&address->z, value.z);
    old.w = atomicAdd(&address->w, value.w);
    return old;
  }
}
inline float2 atomicAdd(float2 *address, float2 value) {
  float2 old;
  old.x = atomicAdd(&address->x, value.x);
  old.y = atomicAdd(&address->y, value.y);
  return old;
}
template <class T_> inline T_ atomicSub(T_ *address, __kl::ExactlyT<T_> value) {
  __kl::tick();
  return __atomic_fetch_sub(address, value, __ATOMIC_RELAXED);
}
template <class T_> inline T_ atomicExch(T_ *address, __kl::ExactlyT<T_> value) {
  __kl::tick();
  T_ old;
  __atomic_exchange(address, &value, &old, __ATOMIC_SEQ_CST);
  return old;
}
template <class T_>
inline T_ atomicCAS(T_ *address, __kl::ExactlyT<T_> expected, __kl::ExactlyT<T_> value) {
  __kl::tick();
  __atomic_compare_exchange(address, &expected, &value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return expected;
}
template <class T_> inline T_ atomicMin(T_ *address, __kl::ExactlyT<T_> value) {
  return __kl::update(address, [=](T_ old) { return value < old ? value : old; });
}
template <class T_> inline T_ atomicMax(T_ *address, __kl::ExactlyT<T_> value) {
  return __kl::update(address, [=](T_ old) { return old < value ? value : old; });
}
template <class T_> inline T_ atomicInc(T_ *address, __kl::ExactlyT<T_> limit) {
  return __kl::update(address, [=](T_ old) { return static_cast<T_>(old >= limit ? 0 : old + 1); });
}
template <class T_> inline T_ atomicDec(T_ *address, __kl::ExactlyT<T_> limit) {
  return __kl::update(address, [=](T_ old) { return static_cast<T_>(old == 0 || old > limit ? limit : old - 1); });
}
template <class T_> inline T_ atomicAnd(T_ *address, __kl::ExactlyT<T_> value) {
  __kl::tick();
  return __atomic_fetch_and(address, value, __ATOMIC_RELAXED);
}
template <class T_> inline T_ atomicOr(T_ *address, __kl::ExactlyT<T_> value) {
  __kl::tick();
  return __atomic_fetch_or(address, value, __ATOMIC_RELAXED);
}
template <class T_> inline T_ atomicXor(T_ *address, __kl::ExactlyT<T_> value) {
  __kl::tick();
  return __atomic_fetch_xor(address, value, __ATOMIC_RELAXED);
}

// Scopes: one processor is one device and one system, so all three are the same.
#define __KL_SCOPES(name_)                                                                       \
  template <class T_> inline T_ name_##_block(T_ *address, __kl::ExactlyT<T_> value) {           \
    return name_(address, value);                                                                \
  }                                                                                              \
  template <class T_> inline T_ name_##_system(T_ *address, __kl::ExactlyT<T_> value) {          \
    return name_(address, value);                                                                \
  }
__KL_SCOPES(atomicAdd)
__KL_SCOPES(atomicSub)
__KL_SCOPES(atomicExch)
__KL_SCOPES(atomicMin)
__KL_SCOPES(atomicMax)
__KL_SCOPES(atomicInc)
__KL_SCOPES(atomicDec)
__KL_SCOPES(atomicAnd)
__KL_SCOPES(atomicOr)
__KL_SCOPES(atomicXor)
#undef __KL_SCOPES
template <class T_>
inline T_ atomicCAS_block(T_ *address, __kl::ExactlyT<T_> expected, __kl::ExactlyT<T_> value) {
  return atomicCAS(address, expected, value);
}
template <class T_>
inline T_ atomicCAS_system(T_ *address, __kl::ExactlyT<T_> expected, __kl::ExactlyT<T_> value) {
  return atomicCAS(address, expected, value);
}

// Loads and stores with a cache hint.
#define __KL_LOAD(name_) \
  template <class T_> __KL_INLINE T_ name_(const T_ *address) { return *address; }
__KL_LOAD(__ldg)
__KL_LOAD(__ldcg)
__KL_LOAD(__ldca)
__KL_LOAD(__ldcs)
__KL_LOAD(__ldlu)
__KL_LOAD(__ldcv)
#undef __KL_LOAD
#define __KL_STORE(name_) \
  template <class T_> __KL_INLINE void name_(T_ *address, __kl::ExactlyT<T_> value) { *address = value; }
__KL_STORE(__stwb)
__KL_STORE(__stcg)
__KL_STORE(__stcs)
__KL_STORE(__stwt)
#undef __KL_STORE
