// What a kernel left in its memory: changes where there must be none, values that are no numbers, differences.
#pragma once
#include "fill.h"

#include <string>
#include <vector>

namespace __kl {

bool allFinite(const std::vector<PlannedMemory> &memories);
/** Reports the first scalar that differs from the planned contents, if any does. */
void reportChanged(const PlannedMemory &memory);
/** Reports how many scalars are NaN or infinite, if any is. */
void reportNotFinite(const PlannedMemory &memory);
/** Reports how `got`, of as many bytes, differs from what the memory holds. */
void compare(const PlannedMemory &memory, const void *got, double tolerance);

/** A file of exactly so many bytes, read-only. */
class MappedFile {
 public:
  MappedFile(const std::string &path, size_t bytes);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  /** Null where the file cannot be read or has another size. */
  const void *start() const { return start_; }

 private:
  void *start_ = nullptr;
  size_t bytes_;
};

}  // namespace __kl
