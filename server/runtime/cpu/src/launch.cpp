// From `kernel<<<…>>>(…)` to the scheduler: configuration, limits, errors, and the account kept of every kernel.
#include "runtime.h"

#include <chrono>
#include <map>

namespace __kl {

namespace {

struct Configuration {
  bool set = false;
  bool cooperative = false;
  dim3 grid, block;
  size_t sharedBytes = 0;
  const char *file = nullptr;
  int line = 0;
};
thread_local Configuration configuration;
thread_local cudaError_t lastError = cudaSuccess;
thread_local cudaError_t lastLaunch = cudaSuccess;

struct Account {
  unsigned long long launches = 0;
  double microseconds = 0;
  dim3 grid, block;
};
std::map<std::string, Account> &accounts = *new std::map<std::string, Account>();

Registration *registrations = nullptr;

constexpr size_t maxSharedBytes = 232448;
constexpr uint64_t maxCooperativeBlocks = 1024;
/** What a launch may ask for; raised by cudaFuncSetAttribute, for all kernels at once. */
size_t allowedSharedBytes = 49152;
Message launchReason{""};

/** CUDA 13 answers every impossible launch with the same code; `launchReason` says more. */
cudaError_t checkLimits(const Configuration &c) {
  const dim3 &g = c.grid, &b = c.block;
  const uint64_t threads = static_cast<uint64_t>(b.x) * b.y * b.z;
  launchReason = Message{""};
  if (threads == 0 || g.x == 0 || g.y == 0 || g.z == 0)
    launchReason = Message{"a dimension of the grid or the block is 0"};
  else if (threads > 1024)
    launchReason = Message{"a block has at most 1024 threads"};
  else if (b.z > 64)
    launchReason = Message{"a block is at most 64 threads deep (z)"};
  else if (g.x > 2147483647u || g.y > 65535 || g.z > 65535)
    launchReason = Message{"a grid is at most 2147483647 x 65535 x 65535 blocks"};
  else if (c.sharedBytes > maxSharedBytes)
    launchReason = Message{"a block has at most 232448 bytes of shared memory"};
  else if (c.sharedBytes > allowedSharedBytes)
    launchReason = Message{"more than 49152 bytes of dynamic shared memory need cudaFuncSetAttribute"};
  else if (c.cooperative && static_cast<uint64_t>(g.x) * g.y * g.z > maxCooperativeBlocks)
    return cudaErrorCooperativeLaunchTooLarge;
  return *launchReason.words == 0 ? cudaSuccess : cudaErrorInvalidValue;
}

void writeAccounts() {
  if (!reporting()) return;
  for (const auto &entry : accounts) {
    const Account &account = entry.second;
    Event("kernel")
        .text("name", entry.first.c_str())
        .integer("launches", static_cast<long long>(account.launches))
        .number("total", account.microseconds)
        .triple("grid", account.grid.x, account.grid.y, account.grid.z)
        .triple("block", account.block.x, account.block.y, account.block.z)
        .send();
  }
}

}  // namespace

cudaError_t setError(cudaError_t error) {
  if (error != cudaSuccess) lastError = error;
  return error;
}

cudaError_t launchError() { return lastLaunch; }

Message launchProblem() {
  return *launchReason.words != 0 ? launchReason : Message{cudaGetErrorString(lastLaunch)};
}

cudaError_t allowSharedBytes(int bytes) {
  if (bytes < 0 || static_cast<size_t>(bytes) > maxSharedBytes) return setError(cudaErrorInvalidValue);
  if (static_cast<size_t>(bytes) > allowedSharedBytes) allowedSharedBytes = static_cast<size_t>(bytes);
  return cudaSuccess;
}

Registration::Registration(const char *kernel, const void *address, void (*call)(const void *, void **))
    : name(kernel), function(address), invoke(call), next(registrations) {
  registrations = this;
}

cudaError_t launchUntyped(const void *function, dim3 grid, dim3 block, void **arguments, size_t sharedBytes,
                          cudaStream_t stream, bool cooperative, const char *file, int line) {
  for (const Registration *r = registrations; r != nullptr; r = r->next) {
    if (r->function != function) continue;
    if (cooperative)
      __kl_configure_cooperative(grid, block, sharedBytes, stream, file, line);
    else
      __kl_configure(grid, block, sharedBytes, stream, file, line);
    r->invoke(function, arguments);
    return lastLaunch;
  }
  return setError(cudaErrorInvalidDeviceFunction);
}

void submit(const char *name, void (*entry)(const void *), const void *closure, size_t closureBytes) {
  const Configuration c = configuration;
  configuration.set = false;
  if (currentLaunch() != nullptr)
    fault("unsupported", Message{"kernel {0} is launched from a kernel, which the CPU does not offer", {name}}, c.file,
          c.line);
  if (!c.set) {
    lastLaunch = setError(cudaErrorMissingConfiguration);
    return;
  }
  lastLaunch = setError(checkLimits(c));
  if (lastLaunch != cudaSuccess) return;
  const Launch launch{name, entry, closure, closureBytes, c.grid, c.block, c.sharedBytes, c.cooperative, c.file, c.line};
  const auto begin = std::chrono::steady_clock::now();
  execute(launch);
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  static const int registered = atexit(writeAccounts);
  (void)registered;
  Account &account = accounts[name];
  account.launches++;
  account.microseconds += took.count();
  account.grid = c.grid;
  account.block = c.block;
}

void checkPointer(const char *kernel, const char *argument, const void *pointer) {
  if (pointer == nullptr || currentLaunch() != nullptr || isDeviceReadable(pointer)) return;
  const AddressNote note = describeAddress(reinterpret_cast<uintptr_t>(pointer));
  if (note.known && note.freed)
    fault("illegalAddress", Message{"argument '{0}' of kernel {1} points to device memory that was freed", {argument, kernel}},
          configuration.file, configuration.line);
  fault("illegalAddress",
        Message{"argument '{0}' of kernel {1} is a host pointer (from malloc, new or the stack), which a GPU cannot read; "
                "allocate it with cudaMalloc or cudaMallocManaged",
                {argument, kernel}},
        configuration.file, configuration.line);
}

long long nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace __kl

void __kl_configure(dim3 grid, dim3 block, size_t sharedBytes, cudaStream_t, const char *file, int line) {
  __kl::configuration = __kl::Configuration{true, false, grid, block, sharedBytes, file, line};
}

void __kl_configure_cooperative(dim3 grid, dim3 block, size_t sharedBytes, cudaStream_t, const char *file, int line) {
  __kl::configuration = __kl::Configuration{true, true, grid, block, sharedBytes, file, line};
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = __kl::lastError;
  __kl::lastError = cudaSuccess;
  return error;
}

cudaError_t cudaPeekAtLastError() { return __kl::lastError; }
