// Fills memory as `Fill` in protocol/src/plan.ts defines it, which the GPU's runner does in TypeScript (scalars.ts).
#include "fill.h"

#include <algorithm>

namespace __kl {

double halfValue(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int mantissa = bits & 1023;
  const double size = exponent == 0    ? std::ldexp(mantissa, -24)
                      : exponent == 31 ? (mantissa == 0 ? HUGE_VAL : std::nan(""))
                                       : std::ldexp(1024 + mantissa, exponent - 25);
  return bits & 0x8000 ? -size : size;
}

double bfloat16Value(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

namespace {

/** Random contents repeat after so many scalars. */
constexpr size_t period = 1u << 20;

uint32_t hash(uint32_t index, uint32_t seed) {
  uint32_t h = index ^ (seed + 1) * 0x9e3779b9u;
  h = (h ^ h >> 16) * 0x85ebca6bu;
  h = (h ^ h >> 13) * 0xc2b2ae35u;
  return h ^ h >> 16;
}

double unit(size_t index, uint32_t seed) {
  return static_cast<double>(hash(static_cast<uint32_t>(index % period), seed)) * 0x1p-32;
}

/** Rounded before anything is added to it: a fused operation would give another last bit. */
double product(double a, double b) {
  volatile double rounded = a * b;
  return rounded;
}

/** Truncated, modulo 2⁶⁴. */
uint64_t wrapped(double value) {
  if (!std::isfinite(value)) return 0;
  const double whole = std::fmod(std::trunc(std::fabs(value)), 0x1p64);
  const uint64_t bits = static_cast<uint64_t>(whole);
  return value < 0 ? 0 - bits : bits;
}

double roundEven(double value) {
  const double floor = std::floor(value);
  const double rest = value - floor;
  return rest > 0.5 || (rest == 0.5 && std::fmod(floor, 2) == 1) ? floor + 1 : floor;
}

/** The nearest binary16, ties to even. */
uint16_t halfBits(double value) {
  if (std::isnan(value)) return 0x7fff;
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double size = std::fabs(value);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 0x1p-14) return static_cast<uint16_t>(sign | static_cast<uint16_t>(roundEven(size * 0x1p24)));
  const int exponent = std::ilogb(size);
  // A mantissa that rounds up to 2048 carries into the exponent by itself.
  const int mantissa = static_cast<int>(roundEven(std::ldexp(size, 10 - exponent)));
  return static_cast<uint16_t>(sign | (((exponent + 14) << 10) + mantissa));
}

/** The nearest bfloat16, ties to even. */
uint16_t bfloat16Bits(double value) {
  if (std::isnan(value)) return 0x7fff;
  const float single = static_cast<float>(value);
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  // A double between two floats must not be rounded twice: its float is moved off the middle, where it is on it.
  if ((bits & 0xffff) == 0x8000) {
    const double rest = std::fabs(value) - std::fabs(static_cast<double>(single));
    bits += rest > 0 ? 1 : rest < 0 ? -1 : 0;
  }
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <class T_> void fillIntegers(T_ *values, size_t count, Fill fill, uint32_t seed) {
  const double low = std::ceil(fill.low);
  const double range = std::max(1.0, std::ceil(fill.high) - low);
  for (size_t i = 0; i < count; i++) {
    double value = fill.low;
    if (fill.kind == Fill::ramp) value = static_cast<double>(i);
    if (fill.kind == Fill::random) value = low + std::floor(product(unit(i, seed), range));
    values[i] = static_cast<T_>(wrapped(value));
  }
}

void fillBools(unsigned char *values, size_t count, Fill fill, uint32_t seed) {
  for (size_t i = 0; i < count; i++) {
    if (fill.kind == Fill::constant) values[i] = fill.low != 0;
    if (fill.kind == Fill::ramp) values[i] = i % 2;
    if (fill.kind == Fill::random) values[i] = unit(i, seed) >= 0.5;
  }
}

template <class T_, class To_, class From_>
void fillReals(T_ *values, size_t count, Fill fill, uint32_t seed, To_ to, From_ from) {
  for (size_t i = 0; i < count; i++) {
    double value = fill.low;
    if (fill.kind == Fill::ramp) value = static_cast<double>(i);
    if (fill.kind == Fill::random) value = fill.low + product(unit(i, seed), fill.high - fill.low);
    values[i] = to(value);
    // What rounds up to the end of the range is no longer inside of it.
    if (fill.kind == Fill::random && fill.high > fill.low && from(values[i]) >= fill.high) values[i] = to(fill.low);
  }
}

void fillScalars(void *memory, size_t count, Scalar scalar, Fill fill, uint32_t seed) {
  switch (scalar) {
    case Scalar::b:
      return fillBools(static_cast<unsigned char *>(memory), count, fill, seed);
    case Scalar::i8:
    case Scalar::u8:
      return fillIntegers(static_cast<uint8_t *>(memory), count, fill, seed);
    case Scalar::i16:
    case Scalar::u16:
      return fillIntegers(static_cast<uint16_t *>(memory), count, fill, seed);
    case Scalar::i32:
    case Scalar::u32:
      return fillIntegers(static_cast<uint32_t *>(memory), count, fill, seed);
    case Scalar::i64:
    case Scalar::u64:
      return fillIntegers(static_cast<uint64_t *>(memory), count, fill, seed);
    case Scalar::f16:
      return fillReals(static_cast<uint16_t *>(memory), count, fill, seed, halfBits, halfValue);
    case Scalar::bf16:
      return fillReals(static_cast<uint16_t *>(memory), count, fill, seed, bfloat16Bits, bfloat16Value);
    case Scalar::f32:
      return fillReals(
          static_cast<float *>(memory), count, fill, seed, [](double value) { return static_cast<float>(value); },
          [](float value) { return static_cast<double>(value); });
    case Scalar::f64:
      return fillReals(
          static_cast<double *>(memory), count, fill, seed, [](double value) { return value; },
          [](double value) { return value; });
  }
}

}  // namespace

size_t scalarBytes(Scalar scalar) {
  switch (scalar) {
    case Scalar::b:
    case Scalar::i8:
    case Scalar::u8:
      return 1;
    case Scalar::i16:
    case Scalar::u16:
    case Scalar::f16:
    case Scalar::bf16:
      return 2;
    case Scalar::i32:
    case Scalar::u32:
    case Scalar::f32:
      return 4;
    case Scalar::i64:
    case Scalar::u64:
    case Scalar::f64:
      return 8;
  }
  return 1;
}

void fillMemory(const PlannedMemory &memory) {
  const auto &[scalar, elementBytes, elements, fill, written] = memory.contents;
  const size_t width = scalarBytes(scalar);
  const size_t count = memory.bytes / width;
  if (fill.kind == Fill::ramp) return fillScalars(memory.start, count, scalar, fill, memory.number);
  fillScalars(memory.start, std::min(count, period), scalar, fill, memory.number);
  char *start = static_cast<char *>(memory.start);
  for (size_t filled = period; filled < count; filled += period)
    memcpy(start + filled * width, start, std::min(period, count - filled) * width);
}

}  // namespace __kl
