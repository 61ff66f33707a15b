// How a kernel runs here: built-in variables, the launch, and the three ways a thread can wait.
//
// The threads of a block run one after another as plain calls. The first one that must wait for others turns the block
// into cooperative fibers (see src/fibers.cpp). A block never leaves its OS thread.
#pragma once
#include "types.h"

extern __thread uint3 threadIdx;
extern __thread uint3 blockIdx;
extern __thread dim3 blockDim;
extern __thread dim3 gridDim;
static constexpr int warpSize = 32;

namespace __kl {

struct Launch {
  const char *name;
  void (*entry)(const void *closure);
  const void *closure;
  size_t closureBytes;
  dim3 grid;
  dim3 block;
  size_t sharedBytes;
  bool cooperative;
  /** Where the launch stands in the source. */
  const char *file;
  int line;
};

/** Index of the running thread in its block, and how many there are. */
extern __thread unsigned int linearThread;
extern __thread unsigned int blockThreads;
/** Set once a thread of this block has had to wait. */
extern __thread bool fibersInUse;
extern __thread unsigned int ticks;
extern __thread void *dynamicShared;

void submit(const char *name, void (*entry)(const void *), const void *closure, size_t closureBytes);
bool nextThreadAmongFibers();
void yieldToOthers();

/** Moves on to the block's next thread; false when this fiber has none left to run. */
__KL_INLINE bool nextThread() {
  if (__builtin_expect(fibersInUse, 0)) return nextThreadAmongFibers();
  if (++linearThread >= blockThreads) return false;
  if (++threadIdx.x == blockDim.x) {
    threadIdx.x = 0;
    if (++threadIdx.y == blockDim.y) {
      threadIdx.y = 0;
      ++threadIdx.z;
    }
  }
  return true;
}

/** Called by operations that a spinning loop must use, so that it cannot keep the others from running. */
__KL_INLINE void tick() {
  if (__builtin_expect(++ticks > 4096, 0)) yieldToOthers();
}

__KL_INLINE int lane() { return static_cast<int>(linearThread & 31u); }

enum class Reduction { count, all, any };
void barrier(const char *file, int line);
int barrierReduce(int predicate, Reduction reduction, const char *file, int line);
void gridBarrier(const char *file, int line);
bool launchIsCooperative();

/** What one lane shows to the others of its warp. */
struct Deposit {
  uint64_t words[2];
};

/**
 * Waits until every living lane of `mask` has come, and returns what each of them deposited, indexed by lane. The table
 * stays valid until the caller's next exchange. `arrived` is the set of lanes that came.
 */
const Deposit *exchange(unsigned int mask, Deposit mine, unsigned int *arrived, const char *what, const char *file,
                        int line);
/** The lanes that are at this very call. */
unsigned int activeMask(const char *file, int line);

template <class T_> __KL_INLINE Deposit pack(const T_ &value) {
  static_assert(sizeof(T_) <= sizeof(Deposit), "values of at most 16 bytes can be exchanged between lanes");
  Deposit deposit{};
  memcpy(&deposit, &value, sizeof(T_));
  return deposit;
}

template <class T_> __KL_INLINE T_ unpack(const Deposit &deposit) {
  T_ value;
  memcpy(&value, &deposit, sizeof(T_));
  return value;
}

/** Ends the process with a report: an instruction that this machine cannot stand in for. */
[[noreturn]] void unsupportedInstruction(const char *text, const char *file, int line);
[[noreturn]] void trap(const char *file, int line);
void checkPointer(const char *kernel, const char *argument, const void *pointer);
unsigned int multiprocessor();
long long nanoseconds();

/** Kernels by their address, for cudaLaunchKernel with an untyped function. */
struct Registration {
  const char *name;
  const void *function;
  void (*invoke)(const void *function, void **arguments);
  Registration *next;
  Registration(const char *name, const void *function, void (*invoke)(const void *, void **));
};

template <class... P_, size_t... I_>
void invokeWith(const void *function, void **arguments, std::index_sequence<I_...>) {
  (void)arguments;
  reinterpret_cast<void (*)(P_...)>(const_cast<void *>(function))(
      *static_cast<typename std::remove_reference<P_>::type *>(arguments[I_])...);
}

}  // namespace __kl

// What follows is inserted into user code by the rewriter.

void __kl_configure(dim3 grid, dim3 block, size_t sharedBytes = 0, cudaStream_t stream = nullptr, __KL_CALL_SITE);
void __kl_configure_cooperative(dim3 grid, dim3 block, size_t sharedBytes, cudaStream_t stream, __KL_CALL_SITE);

namespace __kl {
/** A thread's own copy of the parameters: bits, as on a GPU, where no constructor or destructor runs for a thread. */
template <class Body_> union ThreadCopy {
  Body_ body;
  __KL_INLINE_MEMBER ThreadCopy(const void *closure) { memcpy(static_cast<void *>(this), closure, sizeof(Body_)); }
  __KL_INLINE_MEMBER ~ThreadCopy() {}
};
}  // namespace __kl

/** Runs `body` once for each thread of the grid, and frees it without its destructor: the parameters' runs in the host. */
template <class Body_> void __kl_launch(const char *name, Body_ *body) {
  __kl::submit(
      name,
      [](const void *closure) {
        do {
          __kl::ThreadCopy<Body_> thread(closure);
          thread.body();
        } while (__kl::nextThread());
      },
      body, sizeof(Body_));
  if constexpr (alignof(Body_) > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
    ::operator delete(body, std::align_val_t(alignof(Body_)));
  else
    ::operator delete(body);
}

template <class T_> __KL_INLINE void __kl_check_argument(const char *kernel, const char *argument, const T_ &value) {
  if constexpr (std::is_pointer<T_>::value) __kl::checkPointer(kernel, argument, (const void *)value);
}

__KL_INLINE void *__kl_dynamic_shared() { return __kl::dynamicShared; }

/** Stands for `extern __shared__ T name[];` at file scope. */
template <class T_> struct __kl_dynamic_array {
  operator T_ *() const { return static_cast<T_ *>(__kl::dynamicShared); }
  template <class U_> explicit operator U_ *() const { return reinterpret_cast<U_ *>(static_cast<T_ *>(*this)); }
  template <class I_> T_ &operator[](I_ index) const { return static_cast<T_ *>(__kl::dynamicShared)[index]; }
  T_ (*operator&() const)[1] { return static_cast<T_(*)[1]>(__kl::dynamicShared); }
};

__KL_INLINE bool __kl_tick() {
  __kl::tick();
  return true;
}

template <class... P_> struct __kl_registration : __kl::Registration {
  __kl_registration(const char *name, void (*kernel)(P_...))
      : Registration(name, reinterpret_cast<const void *>(kernel), [](const void *function, void **arguments) {
          __kl::invokeWith<P_...>(function, arguments, std::index_sequence_for<P_...>());
        }) {}
};

[[noreturn]] inline void __kl_unsupported(const char *text, __KL_CALL_SITE) {
  __kl::unsupportedInstruction(text, file_, line_);
}
__KL_INLINE unsigned int __kl_lane() { return static_cast<unsigned int>(__kl::lane()); }
__KL_INLINE unsigned int __kl_warp() { return __kl::linearThread >> 5; }
__KL_INLINE unsigned int __kl_multiprocessor() { return __kl::multiprocessor(); }
__KL_INLINE long long __kl_clock() { return __kl::nanoseconds(); }
