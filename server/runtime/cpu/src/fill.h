// The contents of a plan's memory before a launch.
#pragma once
#include <kernel_lens/driver.h>

namespace __kl {

/** Fills whole scalars of the memory that is the plan's number `seed`; bytes behind the last one are left alone. */
void fillMemory(void *memory, size_t bytes, Scalar scalar, Fill fill, uint32_t seed);

size_t scalarBytes(Scalar scalar);

}  // namespace __kl
