// The memory of a plan, and its contents before a launch.
#pragma once
#include <kernel_lens/driver.h>

namespace __kl {

struct PlannedMemory {
  void *start;
  size_t bytes;
  Contents contents;
  /** In the order of the plan, which random contents depend on. */
  uint32_t number;
};

/** Fills whole scalars; bytes behind the last one are left alone. */
void fillMemory(const PlannedMemory &memory);

size_t scalarBytes(Scalar scalar);
double halfValue(uint16_t bits);
double bfloat16Value(uint16_t bits);

}  // namespace __kl
