// Device, managed and pinned memory. Every allocation stands between two stretches of unreadable addresses, so that an
// overrun is caught even where the address sanitizer's own red zones have been jumped over, and can be named.
#include "runtime.h"

#include <deque>
#include <dlfcn.h>
#include <map>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#if defined(KERNEL_LENS_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace __kl {

namespace {

struct Allocation {
  size_t bytes;
  /** The mapping with both guards. */
  char *mapping;
  size_t mappingBytes;
  MemoryKind kind;
  bool freed;
  const char *name;
  size_t elementBytes;
};

constexpr size_t guardBytes = 16 * 1024 * 1024;
/** Freed memory stays unreadable this many frees long, so that its use is recognised. */
constexpr size_t quarantine = 512;
constexpr unsigned char uninitialised = 0xff;  // NaN as a float, -1 as an integer: hard to miss

struct Table {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::map<uintptr_t, Allocation> allocations;
  std::map<uintptr_t, size_t> registered;
  std::deque<uintptr_t> freed;
};
// Never destroyed: memory may be released while the process ends.
Table &table = *new Table();

struct Lock {
  Lock() { pthread_mutex_lock(&table.mutex); }
  ~Lock() { pthread_mutex_unlock(&table.mutex); }
};

size_t pageBytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

void unmap(const Allocation &allocation) { munmap(allocation.mapping, allocation.mappingBytes); }

/** The living allocation that holds `address`, or the end. */
std::map<uintptr_t, Allocation>::iterator holding(uintptr_t address) {
  auto next = table.allocations.upper_bound(address);
  if (next == table.allocations.begin()) return table.allocations.end();
  auto found = std::prev(next);
  const Allocation &allocation = found->second;
  return allocation.freed || address - found->first >= allocation.bytes ? table.allocations.end() : found;
}

}  // namespace

void *allocate(size_t bytes, MemoryKind kind) {
  const size_t page = pageBytes();
  const size_t usable = (bytes + page - 1) / page * page;
  if (usable < bytes) return nullptr;
  const size_t total = usable + 2 * guardBytes;
  char *mapping =
      static_cast<char *>(mmap(nullptr, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (mapping == MAP_FAILED) return nullptr;
  char *start = mapping + guardBytes;
  // MAP_FIXED over our own reservation, this time without NORESERVE: the system may say that there is not that much.
  if (mmap(start, usable, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    munmap(mapping, total);
    return nullptr;
  }
  if (kind == MemoryKind::device) memset(start, uninitialised, bytes);
#if defined(KERNEL_LENS_ASAN)
  __asan_unpoison_memory_region(start, usable);
  __asan_poison_memory_region(start + bytes, usable - bytes);
#endif
  Lock lock;
  table.allocations[reinterpret_cast<uintptr_t>(start)] =
      Allocation{bytes, mapping, total, kind, false, nullptr, 0};
  return start;
}

cudaError_t release(void *pointer, const char *function) {
  (void)function;
  Lock lock;
  auto found = table.allocations.find(reinterpret_cast<uintptr_t>(pointer));
  if (found == table.allocations.end() || found->second.freed) return setError(cudaErrorInvalidValue);
  Allocation &allocation = found->second;
  const size_t usable = allocation.mappingBytes - 2 * guardBytes;
#if defined(KERNEL_LENS_ASAN)
  __asan_unpoison_memory_region(pointer, usable);
#endif
  // A fresh unreadable mapping also gives the memory back.
  mmap(pointer, usable, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  allocation.freed = true;
  table.freed.push_back(found->first);
  if (table.freed.size() > quarantine) {
    auto oldest = table.allocations.find(table.freed.front());
    table.freed.pop_front();
    unmap(oldest->second);
    table.allocations.erase(oldest);
  }
  return cudaSuccess;
}

MemoryKind memoryKind(const void *pointer) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(pointer);
  Lock lock;
  auto found = holding(address);
  if (found != table.allocations.end()) return found->second.kind;
  auto next = table.registered.upper_bound(address);
  if (next == table.registered.begin()) return MemoryKind::none;
  const auto before = std::prev(next);
  return address - before->first < before->second ? MemoryKind::host : MemoryKind::none;
}

size_t bytesFrom(const void *pointer) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(pointer);
  Lock lock;
  auto found = holding(address);
  return found == table.allocations.end() ? 0 : found->second.bytes - (address - found->first);
}

bool isDeviceReadable(const void *pointer) {
  if (memoryKind(pointer) != MemoryKind::none) return true;
  // One past the end of an array is a proper pointer, and so are variables of the program itself.
  if (memoryKind(static_cast<const char *>(pointer) - 1) != MemoryKind::none) return true;
  Dl_info image;
  return dladdr(pointer, &image) != 0;
}

AddressNote describeAddress(uintptr_t address) {
  AddressNote note;
  // Called while a fault is told: if it struck inside this file, go without.
  if (pthread_mutex_trylock(&table.mutex) != 0) return note;
  auto next = table.allocations.upper_bound(address + guardBytes);
  // The candidates are the allocation at or before the address and the one whose front guard holds it.
  while (next != table.allocations.begin()) {
    const auto found = std::prev(next);
    const Allocation &allocation = found->second;
    const uintptr_t mapping = reinterpret_cast<uintptr_t>(allocation.mapping);
    if (address >= mapping && address < mapping + allocation.mappingBytes) {
      note.known = true;
      note.freed = allocation.freed;
      note.kind = allocation.kind;
      note.name = allocation.name;
      note.bytes = allocation.bytes;
      note.elementBytes = allocation.elementBytes;
      note.offset = static_cast<long long>(address) - static_cast<long long>(found->first);
      break;
    }
    if (found->first <= address) break;
    next = found;
  }
  pthread_mutex_unlock(&table.mutex);
  return note;
}

void nameAllocation(void *pointer, const char *name, size_t elementBytes) {
  Lock lock;
  auto found = table.allocations.find(reinterpret_cast<uintptr_t>(pointer));
  if (found == table.allocations.end()) return;
  found->second.name = name;
  found->second.elementBytes = elementBytes;
}

}  // namespace __kl

using namespace __kl;

cudaError_t cudaHostRegister(void *pointer, size_t bytes, unsigned int) {
  Lock lock;
  table.registered[reinterpret_cast<uintptr_t>(pointer)] = bytes;
  return cudaSuccess;
}

cudaError_t cudaHostUnregister(void *pointer) {
  Lock lock;
  return table.registered.erase(reinterpret_cast<uintptr_t>(pointer)) == 1
             ? cudaSuccess
             : setError(cudaErrorHostMemoryNotRegistered);
}
