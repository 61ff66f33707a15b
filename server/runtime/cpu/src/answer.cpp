#include "answer.h"

#include "runtime.h"

#include <algorithm>
#include <fcntl.h>
#include <limits>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace __kl {

namespace {

/** Calls with a function that reads the scalar at an index: integers as they are, floating point as double. */
template <class Use_> void withReader(Scalar scalar, Use_ use) {
  const auto plain = [&](auto zero) {
    using T_ = decltype(zero);
    use([](const void *start, size_t i) { return static_cast<const T_ *>(start)[i]; });
  };
  switch (scalar) {
    case Scalar::b:
    case Scalar::u8:
      return plain(uint8_t{});
    case Scalar::i8:
      return plain(int8_t{});
    case Scalar::i16:
      return plain(int16_t{});
    case Scalar::u16:
      return plain(uint16_t{});
    case Scalar::i32:
      return plain(int32_t{});
    case Scalar::u32:
      return plain(uint32_t{});
    case Scalar::i64:
      return plain(int64_t{});
    case Scalar::u64:
      return plain(uint64_t{});
    case Scalar::f16:
      return use([](const void *start, size_t i) { return halfValue(static_cast<const uint16_t *>(start)[i]); });
    case Scalar::bf16:
      return use([](const void *start, size_t i) { return bfloat16Value(static_cast<const uint16_t *>(start)[i]); });
    case Scalar::f32:
      return use([](const void *start, size_t i) { return static_cast<double>(static_cast<const float *>(start)[i]); });
    case Scalar::f64:
      return plain(double{});
  }
}

/** Digits that tell two neighbouring values of the type apart. */
int digitsOf(Scalar scalar) {
  switch (scalar) {
    case Scalar::f16:
      return 5;
    case Scalar::bf16:
      return 4;
    case Scalar::f32:
      return 9;
    default:
      return 17;
  }
}

/** The shortest decimal text that is nearest to this value among those of its type. */
std::string textOf(double value, Scalar scalar) {
  char digits[40] = "";
  const int most = digitsOf(scalar);
  for (int precision = 1; precision <= most; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    const double back = strtod(digits, nullptr);
    const bool same = scalar == Scalar::f32 ? static_cast<float>(back) == static_cast<float>(value) : back == value;
    if (same) break;
  }
  return digits;
}
template <class T_> std::string textOf(T_ value, Scalar) { return std::to_string(value); }

bool isFloating(Scalar scalar) {
  return scalar == Scalar::f16 || scalar == Scalar::bf16 || scalar == Scalar::f32 || scalar == Scalar::f64;
}

struct NotFinite {
  size_t nan = 0, infinite = 0, first = 0;
};

NotFinite notFinite(const PlannedMemory &memory) {
  NotFinite found;
  const Scalar scalar = memory.contents.scalar;
  if (!isFloating(scalar)) return found;
  const size_t count = memory.bytes / scalarBytes(scalar);
  withReader(scalar, [&](auto read) {
    for (size_t i = 0; i < count; i++) {
      const double value = read(memory.start, i);
      if (std::isfinite(value)) continue;
      if (found.nan + found.infinite == 0) found.first = i;
      (std::isnan(value) ? found.nan : found.infinite)++;
    }
  });
  return found;
}

/** Exact for integers, whose difference may not fit their type. */
double distance(double a, double b) { return std::fabs(a - b); }
template <class T_> double distance(T_ a, T_ b) {
  return a > b ? static_cast<double>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b))
               : static_cast<double>(static_cast<uint64_t>(b) - static_cast<uint64_t>(a));
}

/** The largest of some values, with its place. */
struct Largest {
  double value = 0;
  size_t at = 0;
  void add(double candidate, size_t index) {
    if (candidate > value) {
      value = candidate;
      at = index;
    }
  }
};

/** JSON has no infinity. */
double finite(double value) { return std::min(value, std::numeric_limits<double>::max()); }

}  // namespace

bool allFinite(const std::vector<PlannedMemory> &memories) {
  return std::all_of(memories.begin(), memories.end(), [](const PlannedMemory &memory) {
    const NotFinite found = notFinite(memory);
    return found.nan + found.infinite == 0;
  });
}

void reportChanged(const PlannedMemory &memory) {
  std::string planned(memory.bytes, 0);
  PlannedMemory copy = memory;
  copy.start = &planned[0];
  // Bytes behind the last whole scalar are nobody's.
  const size_t width = scalarBytes(memory.contents.scalar);
  const size_t bytes = memory.bytes / width * width;
  fillMemory(copy);
  const char *now = static_cast<const char *>(memory.start);
  if (memcmp(now, planned.data(), bytes) == 0) return;
  const size_t at = static_cast<size_t>(std::mismatch(now, now + bytes, planned.begin()).first - now);
  Event("changed").integer("memory", memory.number).integer("index", static_cast<long long>(at / width)).send();
}

void reportNotFinite(const PlannedMemory &memory) {
  const NotFinite found = notFinite(memory);
  if (found.nan + found.infinite == 0) return;
  Event("notFinite")
      .integer("memory", memory.number)
      .integer("nan", static_cast<long long>(found.nan))
      .integer("infinite", static_cast<long long>(found.infinite))
      .integer("first", static_cast<long long>(found.first))
      .send();
}

void compare(const PlannedMemory &memory, const void *got, double tolerance) {
  const Scalar scalar = memory.contents.scalar;
  const bool floating = isFloating(scalar);
  const size_t count = memory.bytes / scalarBytes(scalar);
  size_t differing = 0, first = 0, nanGot = 0, nanExpected = 0;
  Largest absolute, relative, error;
  std::string firstGot, firstExpected;
  withReader(scalar, [&](auto read) {
    for (size_t i = 0; i < count; i++) {
      const auto value = read(got, i);
      const auto expected = read(memory.start, i);
      const bool isNan = value != value, expectsNan = expected != expected;
      nanGot += isNan;
      nanExpected += expectsNan;
      if (value == expected || (isNan && expectsNan)) continue;
      bool differs = true;
      if (!isNan && !expectsNan) {
        const double distant = finite(distance(value, expected));
        const double size = std::fabs(static_cast<double>(expected));
        const double scaled = distant / std::max(1.0, size);
        absolute.add(distant, i);
        error.add(std::isfinite(scaled) ? scaled : 0, i);
        if (size > 0 && std::isfinite(size)) relative.add(finite(distant / size), i);
        differs = !floating || !std::isfinite(size) || !(scaled <= tolerance);
      }
      if (!differs) continue;
      if (differing++ > 0) continue;
      first = i;
      firstGot = textOf(value, scalar);
      firstExpected = textOf(expected, scalar);
    }
  });
  Event event("compared");
  event.integer("memory", memory.number)
      .integer("scalars", static_cast<long long>(count))
      .integer("differing", static_cast<long long>(differing))
      .integer("nanGot", static_cast<long long>(nanGot))
      .integer("nanExpected", static_cast<long long>(nanExpected))
      .number("error", error.value)
      .number("absolute", absolute.value)
      .integer("absoluteAt", static_cast<long long>(absolute.at))
      .number("relative", relative.value)
      .integer("relativeAt", static_cast<long long>(relative.at));
  if (differing > 0)
    event.integer("first", static_cast<long long>(first))
        .text("got", firstGot.c_str())
        .text("expected", firstExpected.c_str());
  event.send();
}

MappedFile::MappedFile(const std::string &path, size_t bytes) : bytes_(bytes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  struct stat status;
  if (bytes > 0 && fstat(file, &status) == 0 && static_cast<size_t>(status.st_size) == bytes) {
    void *mapped = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped != MAP_FAILED) start_ = mapped;
  }
  close(file);
}

MappedFile::~MappedFile() {
  if (start_ != nullptr) munmap(start_, bytes_);
}

}  // namespace __kl
