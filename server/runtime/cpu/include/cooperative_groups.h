// Cooperative groups: thread blocks, tiles, coalesced threads and the grid. Written from CUDA's documentation.
#pragma once
#include "cuda_runtime.h"

namespace cooperative_groups {

namespace __kl_groups {

/** Number of the group's lanes below this one, and the lane that has a rank. */
__KL_INLINE unsigned int rankIn(unsigned int mask) { return __popc(mask & ((1u << __kl::lane()) - 1u)); }
inline int laneOfRank(unsigned int mask, unsigned int rank) {
  for (unsigned int i = 0; i < rank; i++) mask &= mask - 1;
  return mask == 0 ? __kl::lane() : __builtin_ctz(mask);
}
/** The bits of `bits` at the set positions of `mask`, moved together. */
inline unsigned int compress(unsigned int bits, unsigned int mask) {
  unsigned int packed = 0;
  for (int lane = 0, rank = 0; lane < 32; lane++)
    if (mask >> lane & 1u) packed |= (bits >> lane & 1u) << rank++;
  return packed;
}
__KL_INLINE unsigned int tileMask(unsigned int size) {
  return size >= 32 ? 0xffffffffu : ((1u << size) - 1u) << (__kl::lane() & ~(size - 1));
}

}  // namespace __kl_groups

/** What every group offers; a group of whole blocks or of lanes of one warp. */
class thread_group {
 public:
  void sync(__KL_CALL_SITE) const {
    if (groupIsBlock)
      __kl::barrier(file_, line_);
    else
      __syncwarp(groupMask, file_, line_);
  }
  unsigned long long size() const { return groupSize; }
  unsigned long long num_threads() const { return groupSize; }
  unsigned long long thread_rank() const { return groupRank; }
  bool is_valid() const { return true; }
  unsigned int __kl_mask() const { return groupMask; }
  bool __kl_is_block() const { return groupIsBlock; }

 protected:
  thread_group(bool isBlock, unsigned int mask, unsigned int size, unsigned int rank)
      : groupIsBlock(isBlock), groupMask(mask), groupSize(size), groupRank(rank) {}
  friend thread_group tiled_partition(const thread_group &parent, unsigned int size);

 private:
  bool groupIsBlock;
  unsigned int groupMask;
  unsigned int groupSize;
  unsigned int groupRank;
};

class thread_block : public thread_group {
 public:
  thread_block() : thread_group(true, 0xffffffffu, __kl::blockThreads, __kl::linearThread) {}
  static void sync(__KL_CALL_SITE) { __kl::barrier(file_, line_); }
  static unsigned int size() { return __kl::blockThreads; }
  static unsigned int num_threads() { return __kl::blockThreads; }
  static unsigned int thread_rank() { return __kl::linearThread; }
  static dim3 thread_index() { return threadIdx; }
  static dim3 group_index() { return blockIdx; }
  static dim3 group_dim() { return blockDim; }
  static dim3 dim_threads() { return blockDim; }
};
inline thread_block this_thread_block() { return thread_block(); }

class grid_group {
 public:
  bool is_valid() const { return __kl::launchIsCooperative(); }
  void sync(__KL_CALL_SITE) const { __kl::gridBarrier(file_, line_); }
  unsigned long long num_blocks() const { return static_cast<unsigned long long>(gridDim.x) * gridDim.y * gridDim.z; }
  unsigned long long num_threads() const { return num_blocks() * __kl::blockThreads; }
  unsigned long long size() const { return num_threads(); }
  unsigned long long block_rank() const {
    return (static_cast<unsigned long long>(blockIdx.z) * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  }
  unsigned long long thread_rank() const { return block_rank() * __kl::blockThreads + __kl::linearThread; }
  dim3 group_dim() const { return gridDim; }
  dim3 dim_blocks() const { return gridDim; }
  dim3 block_index() const { return blockIdx; }
};
inline grid_group this_grid() { return grid_group(); }

/** Some lanes of a warp. */
class coalesced_group : public thread_group {
 public:
  explicit coalesced_group(unsigned int mask)
      : thread_group(false, mask, static_cast<unsigned int>(__popc(mask)), __kl_groups::rankIn(mask)) {}
  void sync(__KL_CALL_SITE) const { __syncwarp(__kl_mask(), file_, line_); }
  template <class T_> T_ shfl(T_ value, unsigned int rank, __KL_CALL_SITE) const {
    return from(value, static_cast<unsigned int>(rank % size()), "shfl()", file_, line_);
  }
  template <class T_> T_ shfl_up(T_ value, unsigned int delta, __KL_CALL_SITE) const {
    const unsigned int rank = static_cast<unsigned int>(thread_rank());
    return from(value, rank < delta ? rank : rank - delta, "shfl_up()", file_, line_);
  }
  template <class T_> T_ shfl_down(T_ value, unsigned int delta, __KL_CALL_SITE) const {
    const unsigned int rank = static_cast<unsigned int>(thread_rank());
    return from(value, rank + delta >= size() ? rank : rank + delta, "shfl_down()", file_, line_);
  }
  template <class T_> T_ shfl_xor(T_ value, unsigned int bits, __KL_CALL_SITE) const {
    const unsigned int rank = static_cast<unsigned int>(thread_rank());
    return from(value, (rank ^ bits) >= size() ? rank : rank ^ bits, "shfl_xor()", file_, line_);
  }
  unsigned int ballot(int predicate, __KL_CALL_SITE) const {
    return __kl_groups::compress(__ballot_sync(__kl_mask(), predicate, file_, line_), __kl_mask());
  }
  int any(int predicate, __KL_CALL_SITE) const { return __any_sync(__kl_mask(), predicate, file_, line_); }
  int all(int predicate, __KL_CALL_SITE) const { return __all_sync(__kl_mask(), predicate, file_, line_); }
  template <class T_> unsigned int match_any(T_ value, __KL_CALL_SITE) const {
    return __kl_groups::compress(__match_any_sync(__kl_mask(), value, file_, line_), __kl_mask());
  }
  template <class T_> unsigned int match_all(T_ value, int &predicate, __KL_CALL_SITE) const {
    return __kl_groups::compress(__match_all_sync(__kl_mask(), value, &predicate, file_, line_), __kl_mask());
  }
  unsigned long long meta_group_rank() const { return 0; }
  unsigned long long meta_group_size() const { return 1; }

 private:
  template <class T_> T_ from(T_ value, unsigned int rank, const char *what, const char *file, int line) const {
    const int lane = __kl_groups::laneOfRank(__kl_mask(), rank);
    return __kl::shuffleFrom(__kl_mask(), value, lane, what, file, line);
  }
};
inline coalesced_group coalesced_threads(__KL_CALL_SITE) { return coalesced_group(__activemask(file_, line_)); }

/** An aligned part of a warp, its size known at compile time. */
template <unsigned int size_, class Parent_ = void> class thread_block_tile : public coalesced_group {
  static_assert(size_ >= 1 && size_ <= 32 && (size_ & (size_ - 1)) == 0,
                "on the CPU a tile has 1, 2, 4, 8, 16 or 32 threads");

 public:
  thread_block_tile() : coalesced_group(__kl_groups::tileMask(size_)) {}
  template <class Other_> thread_block_tile(const thread_block_tile<size_, Other_> &) : thread_block_tile() {}
  static constexpr unsigned int size() { return size_; }
  static constexpr unsigned int num_threads() { return size_; }
  unsigned int thread_rank() const { return __kl::linearThread % size_; }
  unsigned int meta_group_rank() const { return __kl::linearThread / size_; }
  unsigned int meta_group_size() const { return (__kl::blockThreads + size_ - 1) / size_; }
};

template <unsigned int size_, class Parent_>
inline thread_block_tile<size_, Parent_> tiled_partition(const Parent_ &) {
  return thread_block_tile<size_, Parent_>();
}
inline thread_group tiled_partition(const thread_group &, unsigned int size) {
  return thread_group(false, __kl_groups::tileMask(size), size, __kl::linearThread % size);
}
template <class Group_> inline coalesced_group binary_partition(const Group_ &group, bool predicate, __KL_CALL_SITE) {
  const unsigned int votes = __ballot_sync(group.__kl_mask(), predicate, file_, line_);
  return coalesced_group(predicate ? votes : group.__kl_mask() & ~votes);
}
template <class Group_, class Label_>
inline coalesced_group labeled_partition(const Group_ &group, Label_ label, __KL_CALL_SITE) {
  return coalesced_group(__match_any_sync(group.__kl_mask(), label, file_, line_));
}

template <class Group_> inline void sync(const Group_ &group, __KL_CALL_SITE) { group.sync(file_, line_); }
template <class Group_> inline auto thread_rank(const Group_ &group) { return group.thread_rank(); }
template <class Group_> inline auto group_size(const Group_ &group) { return group.size(); }

// Operators of reduce and scan.
template <class T_ = void> struct plus {
  T_ operator()(const T_ &a, const T_ &b) const { return a + b; }
};
template <class T_ = void> struct less {
  T_ operator()(const T_ &a, const T_ &b) const { return b < a ? b : a; }
};
template <class T_ = void> struct greater {
  T_ operator()(const T_ &a, const T_ &b) const { return a < b ? b : a; }
};
template <class T_ = void> struct bit_and {
  T_ operator()(const T_ &a, const T_ &b) const { return a & b; }
};
template <class T_ = void> struct bit_or {
  T_ operator()(const T_ &a, const T_ &b) const { return a | b; }
};
template <class T_ = void> struct bit_xor {
  T_ operator()(const T_ &a, const T_ &b) const { return a ^ b; }
};

template <class Group_, class T_, class Operator_>
inline T_ reduce(const Group_ &group, T_ value, Operator_ combine, __KL_CALL_SITE) {
  return __kl::reduceLanes(group.__kl_mask(), value, combine, "reduce()", file_, line_);
}

namespace __kl_groups {
/** Folds the values of the group's lanes below this one and, if wanted, its own. */
template <class Group_, class T_, class Operator_>
inline T_ scan(const Group_ &group, T_ value, Operator_ combine, bool inclusive, const char *file, int line) {
  unsigned int arrived;
  const __kl::Deposit *lanes = __kl::exchange(group.__kl_mask(), __kl::pack(value), &arrived,
                                              inclusive ? "inclusive_scan()" : "exclusive_scan()", file, line);
  T_ result{};
  bool first = true;
  for (int i = 0; i < __kl::lane() + (inclusive ? 1 : 0); i++) {
    if (!(arrived >> i & 1u)) continue;
    result = first ? __kl::unpack<T_>(lanes[i]) : static_cast<T_>(combine(result, __kl::unpack<T_>(lanes[i])));
    first = false;
  }
  return result;
}
}  // namespace __kl_groups

template <class Group_, class T_, class Operator_>
inline T_ inclusive_scan(const Group_ &group, T_ value, Operator_ combine, __KL_CALL_SITE) {
  return __kl_groups::scan(group, value, combine, true, file_, line_);
}
template <class Group_, class T_> inline T_ inclusive_scan(const Group_ &group, T_ value, __KL_CALL_SITE) {
  return __kl_groups::scan(group, value, plus<T_>(), true, file_, line_);
}
template <class Group_, class T_, class Operator_>
inline T_ exclusive_scan(const Group_ &group, T_ value, Operator_ combine, __KL_CALL_SITE) {
  return __kl_groups::scan(group, value, combine, false, file_, line_);
}
template <class Group_, class T_> inline T_ exclusive_scan(const Group_ &group, T_ value, __KL_CALL_SITE) {
  return __kl_groups::scan(group, value, plus<T_>(), false, file_, line_);
}

template <class Group_, class Target_, class Source_>
inline void memcpy_async(const Group_ &group, Target_ *target, const Source_ *source, size_t bytes) {
  for (size_t i = group.thread_rank(); i < bytes; i += group.size())
    reinterpret_cast<char *>(target)[i] = reinterpret_cast<const char *>(source)[i];
}
template <class Group_> inline void wait(const Group_ &group, __KL_CALL_SITE) { group.sync(file_, line_); }
template <unsigned int stages_, class Group_> inline void wait_prior(const Group_ &group, __KL_CALL_SITE) {
  group.sync(file_, line_);
}
template <class Group_, class Function_, class... Arguments_>
inline void invoke_one(const Group_ &group, Function_ function, Arguments_ &&...arguments) {
  if (group.thread_rank() == 0) function(std::forward<Arguments_>(arguments)...);
}

}  // namespace cooperative_groups
