// What a generated `main` needs to run one kernel as its LaunchPlan says.
#pragma once
#include <cuda_runtime.h>

namespace __kl {

enum class Scalar { b, i8, u8, i16, u16, i32, u32, i64, u64, f16, bf16, f32, f64 };

/** How memory looks before a launch; `Fill` in protocol/src/plan.ts defines the bytes. */
struct Fill {
  enum Kind { constant, ramp, random } kind;
  /** The constant, or where random numbers begin and end. */
  double low, high;
};

/** One argument of the plan, before it takes the parameter's type. */
struct PlannedArgument {
  enum Kind { buffer, integer, real, opaque } kind = opaque;
  void *memory = nullptr;
  long long integerValue = 0;
  double realValue = 0;
};

/** Allocates and fills a buffer of exactly this size. One that the kernel writes is filled anew before each launch. */
PlannedArgument planBuffer(const char *name, Scalar scalar, size_t elementBytes, size_t count, Fill fill, bool written);
inline PlannedArgument planInteger(long long value) {
  return PlannedArgument{PlannedArgument::integer, nullptr, value, static_cast<double>(value)};
}
inline PlannedArgument planReal(double value) {
  return PlannedArgument{PlannedArgument::real, nullptr, static_cast<long long>(value), value};
}
inline PlannedArgument planOpaque() { return PlannedArgument{}; }

struct PlannedLaunch {
  const char *file;
  int line;
  dim3 grid, block;
  size_t sharedBytes;
  bool cooperative;
};

/** Launches once for the output and the checks, then for time, and reports. Returns the process's exit code. */
int runPlan(const PlannedLaunch &plan, void (*launch)(void *context), void *context);

template <class P_> union ZeroBytes {
  char bytes[sizeof(P_)];
  P_ value;
  ZeroBytes() : bytes{} {}
  ~ZeroBytes() {}
};

template <class P_> P_ argumentAs(const PlannedArgument &argument) {
  if constexpr (std::is_pointer<P_>::value) {
    return (P_)(argument.kind == PlannedArgument::buffer ? argument.memory : (void *)(uintptr_t)argument.integerValue);
  } else if constexpr (std::is_arithmetic<P_>::value || std::is_enum<P_>::value) {
    return argument.kind == PlannedArgument::real ? static_cast<P_>(argument.realValue)
                                                  : static_cast<P_>(argument.integerValue);
  } else {
    // half and its kin are classes that a float makes.
    if constexpr (std::is_constructible<P_, float>::value)
      if (argument.kind != PlannedArgument::opaque) return P_(static_cast<float>(argument.realValue));
    ZeroBytes<P_> zero;
    return zero.value;
  }
}

template <class... P_, size_t... I_>
void callPlanned(void (*kernel)(P_...), const PlannedArgument *arguments, std::index_sequence<I_...>) {
  (void)arguments;
  kernel(argumentAs<typename std::remove_cv<typename std::remove_reference<P_>::type>::type>(arguments[I_])...);
}

template <size_t count_, class... P_>
int runKernel(const PlannedLaunch &plan, void (*kernel)(P_...), const PlannedArgument *arguments) {
  static_assert(count_ == sizeof...(P_), "the plan has another number of arguments than the kernel has parameters");
  struct Call {
    void (*kernel)(P_...);
    const PlannedArgument *arguments;
  } call{kernel, arguments};
  return runPlan(
      plan,
      [](void *context) {
        const Call *planned = static_cast<const Call *>(context);
        callPlanned(planned->kernel, planned->arguments, std::index_sequence_for<P_...>());
      },
      &call);
}

}  // namespace __kl
