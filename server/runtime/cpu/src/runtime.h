// What the runtime's own files share. User code never sees this header.
#pragma once
#include <cuda_runtime.h>

#include <string>
#include <vector>

namespace __kl {

// report.cpp: the private channel to Kernel Lens, and the ways a run ends early.

/** A text for people, said in their language by Kernel Lens: `{0}` and so on in its words stand for the values. */
struct Message {
  const char *words;
  std::vector<std::string> values = {};
  std::string english() const;
};

/** `0x0000ffff`, a mask of lanes. */
std::string hexadecimal(unsigned int bits);

/** Numbers and texts as one line of JSON, in a fixed buffer: it must also work while a signal is handled. */
class Event {
 public:
  explicit Event(const char *kind);
  Event &text(const char *key, const char *value);
  Event &message(const char *key, const Message &message);
  Event &number(const char *key, double value);
  Event &integer(const char *key, long long value);
  Event &triple(const char *key, unsigned int x, unsigned int y, unsigned int z);
  Event &beginList(const char *key);
  Event &beginItem();
  Event &endItem();
  Event &endList();
  /** The running kernel with its block and thread; nothing in host code. */
  Event &where();
  void send();

 private:
  void put(char c);
  void raw(const char *text);
  void key(const char *key);
  void quoted(const char *text);
  char buffer_[16384];
  size_t length_ = 0;
  bool comma_ = false;
};

/** One place that has a part in a fault. */
struct Place {
  const char *file;
  int line;
  Message text;
};

constexpr int faultExitCode = 97;

/** Claims the right to report; only the first fault of a process is told, other threads wait here for the end. */
void claimReport();
[[noreturn]] void fault(const char *kind, const Message &message, const char *file, int line,
                        const std::vector<Place> &places = {});
bool reporting();
void sendAll(const std::string &line);

// fibers.cpp, grid.cpp

/** The launch whose block runs on this OS thread, or null in host code. */
const Launch *currentLaunch();
/** Whether `address` lies in the guard page under the running thread's stack. */
bool isStackGuard(uintptr_t address);
unsigned int processorThreads();
/** Runs a grid to its end. */
void execute(const Launch &launch);
/** Lets Kernel Lens know about once a second how many blocks of the running launch have ended. */
void tellProgress();

// launch.cpp

/** Why the last launch failed. */
Message launchProblem();

// memory.cpp

struct AddressNote {
  bool known = false;
  bool freed = false;
  MemoryKind kind = MemoryKind::none;
  const char *name = nullptr;
  size_t bytes = 0;
  size_t elementBytes = 0;
  /** Of the address, from the start of the allocation. */
  long long offset = 0;
};
AddressNote describeAddress(uintptr_t address);
/** Gives an allocation a name and an element size, for messages. */
void nameAllocation(void *pointer, const char *name, size_t elementBytes);
/** Bytes from `pointer` to the end of its allocation; 0 when it is in none. */
size_t bytesFrom(const void *pointer);
bool isDeviceReadable(const void *pointer);

// checks.cpp
void installSignalHandlers();
void prepareThreadForSignals();

}  // namespace __kl
