// What the compiler's checks and the system's signals call when a kernel goes wrong.
#include "runtime.h"

#include <signal.h>
#include <unistd.h>
#if defined(KERNEL_LENS_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace __kl {

/** Adds what is known of the memory around `address`. */
static void describe(Event &event, uintptr_t address) {
  char hexadecimal[32];
  snprintf(hexadecimal, sizeof hexadecimal, "0x%llx", static_cast<unsigned long long>(address));
  event.text("address", hexadecimal);
  if (isStackGuard(address)) event.text("memory", "stack");
  const AddressNote note = describeAddress(address);
  if (!note.known) return;
  event.text("memory", note.freed ? "freed" : "allocation")
      .integer("offset", note.offset)
      .integer("bytes", static_cast<long long>(note.bytes))
      .integer("elementBytes", static_cast<long long>(note.elementBytes));
  if (note.name != nullptr) event.text("name", note.name);
}

#if defined(KERNEL_LENS_ASAN)

// The address sanitizer handles the signals, but does not tell its callback at which address they struck.
static __thread uintptr_t signalAddress;
static struct sigaction sanitizerAction[NSIG];

static void onSignal(int signal, siginfo_t *info, void *context) {
  signalAddress = reinterpret_cast<uintptr_t>(info->si_addr);
  if (sanitizerAction[signal].sa_sigaction != nullptr) sanitizerAction[signal].sa_sigaction(signal, info, context);
}

void installSignalHandlers() {
  struct sigaction action {};
  action.sa_sigaction = onSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS}) sigaction(signal, &action, &sanitizerAction[signal]);
}

void prepareThreadForSignals() {}

#else

// Without the address sanitizer the system's signals are all there is: no line, but kernel, block and thread.
static void onSignal(int signal, siginfo_t *info, void *) {
  claimReport();
  Event event("sanitizer");
  event.text("error", signal == SIGFPE ? "FPE" : signal == SIGILL ? "ILL" : "SEGV").text("access", "access");
  describe(event, reinterpret_cast<uintptr_t>(info->si_addr));
  event.where().send();
  _exit(faultExitCode);
}

void installSignalHandlers() {
  struct sigaction action {};
  action.sa_sigaction = onSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
  prepareThreadForSignals();
}

void prepareThreadForSignals() {
  // A stack overflow leaves no room for its handler.
  stack_t stack{};
  stack.ss_size = 64 * 1024;
  stack.ss_sp = malloc(stack.ss_size);
  sigaltstack(&stack, nullptr);
}

#endif

__attribute__((constructor(102))) static void prepareSignals() { installSignalHandlers(); }

#if !defined(KERNEL_LENS_OWN_UBSAN)
#define KERNEL_LENS_OWN_UBSAN 1
#endif

#if KERNEL_LENS_OWN_UBSAN
// ---- the undefined-behaviour sanitizer -----------------------------------------------------------------------------
// The compiler calls these handlers; the layout of their data is its ABI. Defining them here instead of linking the
// sanitizer's own runtime gives the line, the block and the thread without parsing text. In host code they let go.

struct CheckedPlace {
  const char *file;
  uint32_t line;
  uint32_t column;
};
struct CheckedType {
  uint16_t kind;
  uint16_t info;
  char name[1];
};
struct OutOfBounds {
  CheckedPlace place;
  const CheckedType *array;
  const CheckedType *index;
};
struct Overflow {
  CheckedPlace place;
  const CheckedType *type;
};
struct TypeMismatch {
  CheckedPlace place;
  const CheckedType *type;
  unsigned char alignmentLog2;
  unsigned char check;
};

static std::string typeName(const CheckedType *type) {
  // The compiler puts it in quotes.
  std::string name = type->name;
  return name.size() > 2 && name.front() == '\'' ? name.substr(1, name.size() - 2) : name;
}

[[noreturn]] static void faultAt(const CheckedPlace &place, const char *kind, const Message &message) {
  fault(kind, message, place.file, static_cast<int>(place.line));
}
#endif

}  // namespace __kl

using namespace __kl;

extern "C" {

#if KERNEL_LENS_OWN_UBSAN

void __ubsan_handle_out_of_bounds(OutOfBounds *data, uintptr_t index) {
  if (currentLaunch() == nullptr) return;
  const bool isSigned = (data->index->info & 1) != 0;
  const std::string value = isSigned ? std::to_string(static_cast<intptr_t>(index)) : std::to_string(index);
  faultAt(data->place, "outOfBounds", Message{"index {0} is outside of {1}", {value, typeName(data->array)}});
}

void __ubsan_handle_divrem_overflow(Overflow *data, uintptr_t, uintptr_t divisor) {
  if (currentLaunch() == nullptr) return;
  if (divisor == 0) faultAt(data->place, "divideByZero", Message{"integer division by zero"});
  faultAt(data->place, "undefinedBehavior", Message{"the quotient does not fit in {0}", {typeName(data->type)}});
}

void __ubsan_handle_type_mismatch_v1(TypeMismatch *data, uintptr_t pointer) {
  // A null pointer is left to fault by itself, which tells whether it is really used.
  if (currentLaunch() == nullptr || pointer == 0) return;
  const uintptr_t alignment = static_cast<uintptr_t>(1) << data->alignmentLog2;
  if (pointer % alignment == 0) return;
  faultAt(data->place, "misalignedAddress",
          Message{"{0} needs an address that is a multiple of {1}", {typeName(data->type), std::to_string(alignment)}});
}

#endif  // KERNEL_LENS_OWN_UBSAN

#if defined(__APPLE__)
void __assert_rtn(const char *, const char *file, int line, const char *expression) {
  const int at = line;
#else
void __assert_fail(const char *expression, const char *file, unsigned int line, const char *) noexcept {
  const int at = static_cast<int>(line);
#endif
  if (currentLaunch() != nullptr)
    fault("assert", Message{"assertion `{0}` failed", {expression}}, file, at);
  fflush(stdout);
  fprintf(stderr, "%s:%d: Assertion `%s' failed.\n", file, at, expression);
  abort();
}

#if defined(KERNEL_LENS_ASAN)

/** Read by the address sanitizer when it starts. */
const char *__asan_default_options() {
  return "detect_leaks=0:detect_stack_use_after_return=0:alloc_dealloc_mismatch=0:allocator_may_return_null=1:"
         "detect_odr_violation=0:print_legend=0:print_cmdline=0:color=never:handle_sigill=1:exitcode=97:"
         "malloc_context_size=6:quarantine_size_mb=64";
}

/** Called by the address sanitizer before it prints its report, which has the source line. */
void __asan_on_error() {
  claimReport();
  Event event("sanitizer");
  const char *error = __asan_get_report_description();
  const uintptr_t reported = reinterpret_cast<uintptr_t>(__asan_get_report_address());
  // Its names for a signal (null-deref, wild-addr-write, …) change between versions; the text it prints is stable.
  const bool isSignal = reported == 0 && error != nullptr && strstr(error, "-overflow") == nullptr;
  const uintptr_t address = isSignal ? signalAddress : reported;
  event.text("error", isSignal ? "signal" : error != nullptr ? error : "");
  event.text("access", __asan_get_report_access_type() != 0 ? "write" : "read");
  event.integer("accessBytes", static_cast<long long>(__asan_get_report_access_size()));
  describe(event, address);
  event.where().send();
  fflush(stdout);
}

#endif

}  // extern "C"
