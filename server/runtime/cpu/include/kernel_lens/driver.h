// What a generated `main` needs to run one kernel as its LaunchPlan says.
#pragma once
#include <cuda_runtime.h>

#include <initializer_list>

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
  enum Kind { buffer, integer, real, structure, opaque } kind = opaque;
  /** The buffer; of a structure its bytes. */
  void *memory = nullptr;
  long long integerValue = 0;
  double realValue = 0;
  const char *name = "";
  size_t bytes = 0;
};

/** Contents of planned memory. Memory that the kernel writes is filled anew before each launch. */
struct Contents {
  Scalar scalar;
  size_t elementBytes, count;
  Fill fill;
  bool written;
};

/** Allocates and fills a buffer of exactly this size. */
PlannedArgument planBuffer(const char *name, Contents contents);
/** An array of pointers to `pointers` such buffers. */
PlannedArgument planPointers(const char *name, size_t pointers, Contents contents);
/** A member of a structure: its bytes, or the address of a buffer. */
struct StructMember {
  size_t offset, bytes;
  unsigned long long bits;
};
StructMember planMember(size_t offset, size_t bytes, unsigned long long bits);
StructMember planMember(size_t offset, const PlannedArgument &buffer);
/** A structure of so many bytes, zero but for its members. */
PlannedArgument planStruct(const char *name, size_t bytes, std::initializer_list<StructMember> members);
inline PlannedArgument planInteger(long long value) {
  return PlannedArgument{PlannedArgument::integer, nullptr, value, static_cast<double>(value), "", 0};
}
inline PlannedArgument planReal(double value) {
  return PlannedArgument{PlannedArgument::real, nullptr, static_cast<long long>(value), value, "", 0};
}
inline PlannedArgument planOpaque() { return PlannedArgument{}; }
/** Fills a variable of the program. */
void planGlobal(const char *name, const volatile void *variable, size_t bytes, Contents contents);
/** Ends the run: the plan says another size than the compiler. */
[[noreturn]] void planMismatch(const char *name, size_t planned, size_t actual);

struct PlannedLaunch {
  const char *file;
  int line;
  dim3 grid, block;
  size_t sharedBytes;
  bool cooperative;
};

/** What can be called with the planned arguments. */
struct Calls {
  void (*launch)(void *context);
  /** The function that says what the results should be, or null. */
  void (*reference)(void *context);
  void *context;
};

/**
 * Launches once for the output and the checks, then for time, and reports. Where KERNEL_LENS_COMPARE names a folder, it
 * runs the reference (or else the kernel) once and compares the contents of the files there with its own results.
 * Equal is what differs by no more than KERNEL_LENS_TOLERANCE × max(1, |expected|).
 */
int runPlan(const PlannedLaunch &plan, const Calls &calls);

template <class P_> union ZeroBytes {
  char bytes[sizeof(P_)];
  P_ value;
  ZeroBytes() : bytes{} {}
  ~ZeroBytes() {}
};

template <class P_> P_ argumentAs(const PlannedArgument &argument) {
  if (argument.kind == PlannedArgument::structure) {
    if (argument.bytes != sizeof(P_)) planMismatch(argument.name, argument.bytes, sizeof(P_));
    ZeroBytes<P_> image;
    __builtin_memcpy(static_cast<void *>(image.bytes), argument.memory, sizeof(P_));
    return image.value;
  }
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

template <class... P_, class Function_, size_t... I_>
void callPlanned(Function_ function, const PlannedArgument *arguments, std::index_sequence<I_...>) {
  (void)arguments;
  function(argumentAs<typename std::remove_cv<typename std::remove_reference<P_>::type>::type>(arguments[I_])...);
}

struct NoReference {};

template <size_t count_, class Reference_, class... P_>
int runKernel(const PlannedLaunch &plan, void (*kernel)(P_...), const PlannedArgument *arguments,
              const Reference_ &reference) {
  static_assert(count_ == sizeof...(P_), "the plan has another number of arguments than the kernel has parameters");
  struct Call {
    void (*kernel)(P_...);
    const PlannedArgument *arguments;
    const Reference_ &reference;
  } call{kernel, arguments, reference};
  Calls calls{};
  calls.context = &call;
  calls.launch = [](void *context) {
    const Call *planned = static_cast<const Call *>(context);
    callPlanned<P_...>(planned->kernel, planned->arguments, std::index_sequence_for<P_...>());
  };
  if constexpr (!std::is_same<Reference_, NoReference>::value)
    calls.reference = [](void *context) {
      const Call *planned = static_cast<const Call *>(context);
      callPlanned<P_...>(planned->reference, planned->arguments, std::index_sequence_for<P_...>());
    };
  return runPlan(plan, calls);
}

}  // namespace __kl
