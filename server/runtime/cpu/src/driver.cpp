// Runs one kernel as a LaunchPlan says: buffers, a first launch, timed launches, and the report.
#include <kernel_lens/driver.h>

#include "fill.h"
#include "runtime.h"

#include <chrono>
#include <fcntl.h>
#include <unistd.h>

namespace __kl {

namespace {

constexpr int maxSamples = 20;
constexpr double timeBudgetMicroseconds = 300000;

struct Buffer {
  void *memory;
  Scalar scalar;
  size_t bytes;
  Fill fill;
  bool written;
  uint32_t seed;
};
std::vector<Buffer> &buffers = *new std::vector<Buffer>();

/** A kernel that counts or compacts would run over its buffers if a later launch found what an earlier one left. */
void refill() {
  for (const Buffer &buffer : buffers)
    if (buffer.written) fillMemory(buffer.memory, buffer.bytes, buffer.scalar, buffer.fill, buffer.seed);
}

/** Only the first launch's output is the user's. */
void muteOutput() {
  fflush(stdout);
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing >= 0) dup2(nothing, STDOUT_FILENO);
}

double launchOnce(const PlannedLaunch &plan, void (*launch)(void *), void *context) {
  if (plan.cooperative)
    __kl_configure_cooperative(plan.grid, plan.block, plan.sharedBytes, nullptr, plan.file, plan.line);
  else
    __kl_configure(plan.grid, plan.block, plan.sharedBytes, nullptr, plan.file, plan.line);
  const auto begin = std::chrono::steady_clock::now();
  launch(context);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

[[noreturn]] void launchFailed(cudaError_t error, const std::string &message) {
  Event("launchFailed").text("code", cudaGetErrorName(error)).text("message", message.c_str()).send();
  fflush(stdout);
  _exit(0);
}

}  // namespace

PlannedArgument planBuffer(const char *name, Scalar scalar, size_t elementBytes, size_t count, Fill fill, bool written) {
  PlannedArgument argument{PlannedArgument::buffer, nullptr, 0, 0};
  // An empty buffer still has an address, which nobody may use.
  const size_t bytes = elementBytes * count;
  argument.memory = allocate(bytes > 0 ? bytes : 1, MemoryKind::device);
  if (argument.memory == nullptr)
    launchFailed(cudaErrorMemoryAllocation, std::string("no memory for buffer ") + name + " of " + std::to_string(bytes) +
                                                " bytes");
  nameAllocation(argument.memory, name, elementBytes);
  buffers.push_back(Buffer{argument.memory, scalar, bytes, fill, written, static_cast<uint32_t>(buffers.size())});
  fillMemory(argument.memory, bytes, scalar, fill, buffers.back().seed);
  return argument;
}

int runPlan(const PlannedLaunch &plan, void (*launch)(void *), void *context) {
  // As the GPU's runner asks for what the plan needs, so does this one.
  if (plan.sharedBytes > 0 && plan.sharedBytes < 1u << 30) allowSharedBytes(static_cast<int>(plan.sharedBytes));
  double took = launchOnce(plan, launch, context);
  if (launchError() != cudaSuccess) launchFailed(launchError(), launchProblem());
  muteOutput();
  std::vector<double> samples;
  if (took >= timeBudgetMicroseconds) {
    samples.push_back(took);
  } else {
    const auto begin = std::chrono::steady_clock::now();
    do {
      refill();
      samples.push_back(launchOnce(plan, launch, context));
      took = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
    } while (took < timeBudgetMicroseconds && samples.size() < maxSamples);
  }
  for (const double sample : samples) Event("sample").number("us", sample).send();
  Event("finished").integer("threads", processorThreads()).send();
  // Static destructors of the user's program have nothing to do with this run.
  _exit(0);
}

}  // namespace __kl
