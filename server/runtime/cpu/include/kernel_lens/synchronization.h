// Barriers, fences, votes, shuffles, matches and reductions of CUDA's device code.
#pragma once
#include "execution.h"

__KL_INLINE void __syncthreads(__KL_CALL_SITE) { __kl::barrier(file_, line_); }
__KL_INLINE int __syncthreads_count(int predicate, __KL_CALL_SITE) {
  return __kl::barrierReduce(predicate, __kl::Reduction::count, file_, line_);
}
__KL_INLINE int __syncthreads_and(int predicate, __KL_CALL_SITE) {
  return __kl::barrierReduce(predicate, __kl::Reduction::all, file_, line_);
}
__KL_INLINE int __syncthreads_or(int predicate, __KL_CALL_SITE) {
  return __kl::barrierReduce(predicate, __kl::Reduction::any, file_, line_);
}
__KL_INLINE void __syncwarp(unsigned int mask = 0xffffffffu, __KL_CALL_SITE) {
  __kl::exchange(mask, __kl::Deposit{}, nullptr, "__syncwarp()", file_, line_);
}
__KL_INLINE unsigned int __activemask(__KL_CALL_SITE) { return __kl::activeMask(file_, line_); }

__KL_INLINE void __threadfence() {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  __kl::tick();
}
__KL_INLINE void __threadfence_block() { __threadfence(); }
__KL_INLINE void __threadfence_system() { __threadfence(); }
__KL_INLINE void __nanosleep(unsigned int) { __kl::yieldToOthers(); }
[[noreturn]] inline void __trap(__KL_CALL_SITE) { __kl::trap(file_, line_); }
__KL_INLINE void __brkpt() {}
__KL_INLINE void __prof_trigger(int) {}

namespace __kl {

/** The value of lane `source`, or the caller's own where that lane did not come (undefined on hardware). */
template <class T_>
inline T_ shuffleFrom(unsigned int mask, const T_ &value, int source, const char *what, const char *file, int line) {
  unsigned int arrived;
  const Deposit *lanes = exchange(mask, pack(value), &arrived, what, file, line);
  return arrived >> source & 1u ? unpack<T_>(lanes[source]) : value;
}

__KL_INLINE int segment(int width) { return lane() & ~(width - 1); }
__KL_INLINE int sourceIndexed(int source, int width) { return segment(width) + (source & (width - 1)); }
__KL_INLINE int sourceUp(int delta, int width) { return lane() - delta < segment(width) ? lane() : lane() - delta; }
__KL_INLINE int sourceDown(int delta, int width) {
  return lane() + delta >= segment(width) + width ? lane() : lane() + delta;
}
__KL_INLINE int sourceXor(int bits, int width) {
  return (lane() ^ bits) >= segment(width) + width ? lane() : lane() ^ bits;
}

template <class T_, class F_>
inline T_ reduceLanes(unsigned int mask, const T_ &value, F_ combine, const char *what, const char *file, int line) {
  unsigned int arrived;
  const Deposit *lanes = exchange(mask, pack(value), &arrived, what, file, line);
  T_ result = value;
  bool first = true;
  for (int i = 0; i < 32; i++) {
    if (!(arrived >> i & 1u)) continue;
    result = first ? unpack<T_>(lanes[i]) : static_cast<T_>(combine(result, unpack<T_>(lanes[i])));
    first = false;
  }
  return result;
}

/** The lanes whose predicate holds. */
inline unsigned int vote(unsigned int mask, bool predicate, const char *what, const char *file, int line) {
  unsigned int arrived, votes = 0;
  const Deposit *lanes = exchange(mask, pack(predicate), &arrived, what, file, line);
  for (int i = 0; i < 32; i++)
    if (arrived >> i & 1u && lanes[i].words[0] != 0) votes |= 1u << i;
  return votes;
}

}  // namespace __kl

template <class T_> inline T_ __shfl_sync(unsigned int mask, T_ value, int source, int width = 32, __KL_CALL_SITE) {
  return __kl::shuffleFrom(mask, value, __kl::sourceIndexed(source, width), "__shfl_sync()", file_, line_);
}
template <class T_>
inline T_ __shfl_up_sync(unsigned int mask, T_ value, unsigned int delta, int width = 32, __KL_CALL_SITE) {
  return __kl::shuffleFrom(mask, value, __kl::sourceUp((int)delta, width), "__shfl_up_sync()", file_, line_);
}
template <class T_>
inline T_ __shfl_down_sync(unsigned int mask, T_ value, unsigned int delta, int width = 32, __KL_CALL_SITE) {
  return __kl::shuffleFrom(mask, value, __kl::sourceDown((int)delta, width), "__shfl_down_sync()", file_, line_);
}
template <class T_> inline T_ __shfl_xor_sync(unsigned int mask, T_ value, int bits, int width = 32, __KL_CALL_SITE) {
  return __kl::shuffleFrom(mask, value, __kl::sourceXor(bits, width), "__shfl_xor_sync()", file_, line_);
}

inline unsigned int __ballot_sync(unsigned int mask, int predicate, __KL_CALL_SITE) {
  return __kl::vote(mask, predicate != 0, "__ballot_sync()", file_, line_);
}
inline int __any_sync(unsigned int mask, int predicate, __KL_CALL_SITE) {
  return __kl::vote(mask, predicate != 0, "__any_sync()", file_, line_) != 0;
}
inline int __all_sync(unsigned int mask, int predicate, __KL_CALL_SITE) {
  return __kl::vote(mask, predicate == 0, "__all_sync()", file_, line_) == 0;
}
inline int __uni_sync(unsigned int mask, int predicate, __KL_CALL_SITE) {
  unsigned int arrived;
  const __kl::Deposit *lanes =
      __kl::exchange(mask, __kl::pack(predicate != 0), &arrived, "__uni_sync()", file_, line_);
  for (int i = 0; i < 32; i++)
    if (arrived >> i & 1u && (lanes[i].words[0] != 0) != (predicate != 0)) return 0;
  return 1;
}

template <class T_> inline unsigned int __match_any_sync(unsigned int mask, T_ value, __KL_CALL_SITE) {
  const __kl::Deposit mine = __kl::pack(value);
  unsigned int arrived, same = 0;
  const __kl::Deposit *lanes = __kl::exchange(mask, mine, &arrived, "__match_any_sync()", file_, line_);
  for (int i = 0; i < 32; i++)
    if (arrived >> i & 1u && lanes[i].words[0] == mine.words[0]) same |= 1u << i;
  return same;
}
template <class T_> inline unsigned int __match_all_sync(unsigned int mask, T_ value, int *predicate, __KL_CALL_SITE) {
  const unsigned int same = __match_any_sync(mask, value, file_, line_);
  *predicate = same == mask;
  return same == mask ? mask : 0;
}

#define __KL_REDUCE(name_, expression_)                                                                   \
  template <class T_> inline T_ __reduce_##name_##_sync(unsigned int mask, T_ value, __KL_CALL_SITE) {    \
    return __kl::reduceLanes(                                                                             \
        mask, value, [](T_ a, T_ b) { return expression_; }, "__reduce_" #name_ "_sync()", file_, line_); \
  }
__KL_REDUCE(add, a + b)
__KL_REDUCE(min, b < a ? b : a)
__KL_REDUCE(max, a < b ? b : a)
__KL_REDUCE(and, a &b)
__KL_REDUCE(or, a | b)
__KL_REDUCE(xor, a ^ b)
#undef __KL_REDUCE
