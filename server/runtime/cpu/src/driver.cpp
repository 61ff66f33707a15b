// Runs one kernel as a LaunchPlan says: buffers, a first launch, timed launches, and the report.
#include <kernel_lens/driver.h>

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
  size_t values;
  Fill fill;
  bool written;
  uint64_t seed;
};
std::vector<Buffer> &buffers = *new std::vector<Buffer>();

/** SplitMix64: small, good enough, and the same on every machine. */
struct Random {
  uint64_t state;
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
  }
  /** Uniform in [0, 1). */
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
};

uint16_t bfloat16Bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/** Binary16 of a value that is zero or a normal number there, which all fill values are. */
uint16_t halfBits(float value) {
  if (value < 6.103515625e-5f) return static_cast<uint16_t>(std::lrint(static_cast<double>(value) * 16777216.0));
  if (value >= 65520.0f) return 0x7c00;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits += 0xfff + (bits >> 13 & 1);
  return static_cast<uint16_t>((bits - 0x38000000u) >> 13);
}

template <class T_, class F_> void fillWith(const Buffer &buffer, double randomScale, F_ convert) {
  T_ *values = static_cast<T_ *>(buffer.memory);
  Random random{buffer.seed};
  for (size_t i = 0; i < buffer.values; i++) {
    double value = 0;
    if (buffer.fill == Fill::ones) value = 1;
    if (buffer.fill == Fill::ramp) value = static_cast<double>(i);
    if (buffer.fill == Fill::random) value = random.unit() * randomScale;
    values[i] = convert(value);
  }
}

template <class T_> void fillIntegers(const Buffer &buffer) {
  fillWith<T_>(buffer, 100, [](double value) { return static_cast<T_>(static_cast<uint64_t>(value)); });
}

void fillBuffer(const Buffer &buffer) {
  switch (buffer.scalar) {
    case Scalar::b:
      return fillWith<unsigned char>(buffer, 2, [](double value) {
        return static_cast<unsigned char>(static_cast<uint64_t>(value) & 1);
      });
    case Scalar::i8:
    case Scalar::u8:
      return fillIntegers<uint8_t>(buffer);
    case Scalar::i16:
    case Scalar::u16:
      return fillIntegers<uint16_t>(buffer);
    case Scalar::i32:
    case Scalar::u32:
      return fillIntegers<uint32_t>(buffer);
    case Scalar::i64:
    case Scalar::u64:
      return fillIntegers<uint64_t>(buffer);
    case Scalar::f16:
      return fillWith<uint16_t>(buffer, 1, [](double value) { return halfBits(static_cast<float>(value)); });
    case Scalar::bf16:
      return fillWith<uint16_t>(buffer, 1, [](double value) { return bfloat16Bits(static_cast<float>(value)); });
    case Scalar::f32:
      // A float must not round up to 1.
      return fillWith<float>(buffer, 1, [](double value) {
        return value < 1 ? static_cast<float>(std::floor(value * 0x1p24) * 0x1p-24) : static_cast<float>(value);
      });
    case Scalar::f64:
      return fillWith<double>(buffer, 1, [](double value) { return value; });
  }
}

/** A kernel that counts or compacts would run over its buffers if a later launch found what an earlier one left. */
void refill() {
  for (const Buffer &buffer : buffers)
    if (buffer.written) fillBuffer(buffer);
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

PlannedArgument planBuffer(const char *name, Scalar scalar, size_t lanes, size_t elementBytes, size_t count, Fill fill,
                           bool written) {
  PlannedArgument argument{PlannedArgument::buffer, nullptr, 0, 0};
  // An empty buffer still has an address, which nobody may use.
  const size_t bytes = elementBytes * count;
  argument.memory = allocate(bytes > 0 ? bytes : 1, MemoryKind::device);
  if (argument.memory == nullptr)
    launchFailed(cudaErrorMemoryAllocation, std::string("no memory for buffer ") + name + " of " + std::to_string(bytes) +
                                                " bytes");
  nameAllocation(argument.memory, name, elementBytes);
  buffers.push_back(Buffer{argument.memory, scalar, lanes * count, fill, written, buffers.size() + 1});
  fillBuffer(buffers.back());
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
