// Runs one kernel as a LaunchPlan says: buffers, a first launch, timed launches, comparisons, and the report.
#include <kernel_lens/driver.h>

#include "answer.h"
#include "runtime.h"

#include <chrono>
#include <fcntl.h>
#include <unistd.h>

namespace __kl {

namespace {

constexpr int maxSamples = 20;
constexpr double timeBudgetMicroseconds = 300000;

double tolerance() {
  const char *text = getenv("KERNEL_LENS_TOLERANCE");
  return text == nullptr ? 0 : strtod(text, nullptr);
}

std::vector<PlannedMemory> &memories = *new std::vector<PlannedMemory>();

/** A kernel that counts or compacts would run over its buffers if a later launch found what an earlier one left. */
void refill() {
  for (const PlannedMemory &memory : memories)
    if (memory.contents.written) fillMemory(memory);
}

void addMemory(void *start, size_t bytes, const Contents &contents) {
  memories.push_back(PlannedMemory{start, bytes, contents, static_cast<uint32_t>(memories.size())});
  fillMemory(memories.back());
}

/** Only the first launch's output is the user's. */
void muteOutput() {
  fflush(stdout);
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing >= 0) dup2(nothing, STDOUT_FILENO);
}

double launchOnce(const PlannedLaunch &plan, const Calls &calls) {
  if (plan.cooperative)
    __kl_configure_cooperative(plan.grid, plan.block, plan.sharedBytes, nullptr, plan.file, plan.line);
  else
    __kl_configure(plan.grid, plan.block, plan.sharedBytes, nullptr, plan.file, plan.line);
  const auto begin = std::chrono::steady_clock::now();
  calls.launch(calls.context);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

[[noreturn]] void launchFailed(cudaError_t error, const Message &message) {
  Event("launchFailed").text("code", cudaGetErrorName(error)).message("message", message).send();
  fflush(stdout);
  _exit(0);
}

void *allocateNamed(const char *name, size_t bytes, size_t elementBytes) {
  // An empty buffer still has an address, which nobody may use.
  void *memory = allocate(bytes > 0 ? bytes : 1, MemoryKind::device);
  if (memory == nullptr)
    launchFailed(cudaErrorMemoryAllocation,
                 Message{"no memory for buffer {0} of {1} bytes", {name, std::to_string(bytes)}});
  nameAllocation(memory, name, elementBytes);
  return memory;
}

std::vector<double> timedLaunches(const PlannedLaunch &plan, const Calls &calls, double first) {
  if (first >= timeBudgetMicroseconds) return {first};
  std::vector<double> samples;
  double took;
  const auto begin = std::chrono::steady_clock::now();
  do {
    refill();
    samples.push_back(launchOnce(plan, calls));
    took = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
  } while (took < timeBudgetMicroseconds && samples.size() < maxSamples);
  return samples;
}

/** Whatever goes wrong from here on is the reference's doing. */
void callReference(const Calls &calls) {
  Event("reference").send();
  calls.reference(calls.context);
}

[[noreturn]] void finish() {
  Event("finished").integer("threads", processorThreads()).send();
  // Static destructors of the user's program have nothing to do with this run.
  _exit(0);
}

[[noreturn]] void compareWith(const std::string &folder, const PlannedLaunch &plan, const Calls &calls) {
  muteOutput();
  if (calls.reference != nullptr)
    callReference(calls);
  else {
    launchOnce(plan, calls);
    if (launchError() != cudaSuccess) launchFailed(launchError(), launchProblem());
  }
  for (const PlannedMemory &memory : memories) {
    if (!memory.contents.written) continue;
    const MappedFile file(folder + "/" + std::to_string(memory.number), memory.bytes);
    if (file.start() != nullptr) compare(memory, file.start(), tolerance());
  }
  finish();
}

}  // namespace

PlannedArgument planBuffer(const char *name, Contents contents) {
  PlannedArgument argument{PlannedArgument::buffer, nullptr, 0, 0, name, contents.elementBytes * contents.count};
  argument.memory = allocateNamed(name, argument.bytes, contents.elementBytes);
  addMemory(argument.memory, argument.bytes, contents);
  return argument;
}

PlannedArgument planPointers(const char *name, size_t pointers, Contents contents) {
  PlannedArgument argument{PlannedArgument::buffer, nullptr, 0, 0, name, pointers * sizeof(void *)};
  argument.memory = allocateNamed(name, argument.bytes, sizeof(void *));
  for (size_t i = 0; i < pointers; i++) {
    const std::string &element = *new std::string(std::string(name) + "[" + std::to_string(i) + "]");
    static_cast<void **>(argument.memory)[i] = planBuffer(element.c_str(), contents).memory;
  }
  return argument;
}

StructMember planMember(size_t offset, size_t bytes, unsigned long long bits) {
  return StructMember{offset, bytes, bits};
}

StructMember planMember(size_t offset, const PlannedArgument &buffer) {
  return StructMember{offset, sizeof(void *), reinterpret_cast<uintptr_t>(buffer.memory)};
}

PlannedArgument planStruct(const char *name, size_t bytes, std::initializer_list<StructMember> members) {
  char *image = static_cast<char *>(calloc(bytes > 0 ? bytes : 1, 1));
  for (const StructMember &member : members)
    if (member.offset + member.bytes <= bytes) memcpy(image + member.offset, &member.bits, member.bytes);
  return PlannedArgument{PlannedArgument::structure, image, 0, 0, name, bytes};
}

void planGlobal(const char *name, const volatile void *variable, size_t bytes, Contents contents) {
  if (contents.elementBytes * contents.count != bytes) planMismatch(name, contents.elementBytes * contents.count, bytes);
  addMemory(const_cast<void *>(variable), bytes, contents);
}

void planMismatch(const char *name, size_t planned, size_t actual) {
  Event("planMismatch")
      .text("name", name)
      .integer("planned", static_cast<long long>(planned))
      .integer("actual", static_cast<long long>(actual))
      .send();
  _exit(0);
}

int runPlan(const PlannedLaunch &plan, const Calls &calls) {
  // As the GPU's runner asks for what the plan needs, so does this one.
  if (plan.sharedBytes > 0 && plan.sharedBytes < 1u << 30) allowSharedBytes(static_cast<int>(plan.sharedBytes));
  const char *folder = getenv("KERNEL_LENS_COMPARE");
  if (folder != nullptr && *folder != 0) compareWith(folder, plan, calls);

  tellProgress();
  const bool givenFinite = allFinite(memories);
  const double first = launchOnce(plan, calls);
  if (launchError() != cudaSuccess) launchFailed(launchError(), launchProblem());
  muteOutput();
  for (const PlannedMemory &memory : memories) {
    if (!memory.contents.written) reportChanged(memory);
    else if (givenFinite) reportNotFinite(memory);
  }
  std::vector<std::string> results;
  if (calls.reference != nullptr)
    for (const PlannedMemory &memory : memories)
      results.emplace_back(static_cast<const char *>(memory.start), memory.contents.written ? memory.bytes : 0);

  for (const double sample : timedLaunches(plan, calls, first)) Event("sample").number("us", sample).send();
  if (calls.reference != nullptr) {
    refill();
    callReference(calls);
    for (const PlannedMemory &memory : memories)
      if (memory.contents.written) compare(memory, results[memory.number].data(), tolerance());
  }
  finish();
}

}  // namespace __kl
