// Runs the threads of a block one after another.
//
// A block starts on one fiber that calls the kernel for thread 0, 1, 2, … as a loop. When a thread must wait, its fiber
// is parked and another fiber takes up the next thread; a block without barriers therefore never makes a second fiber.
// All state of a block belongs to the OS thread that runs it, so nothing here needs a lock.
#include "worker.h"

#include <map>
#include <sched.h>
#include <sys/mman.h>
#include <tuple>
#if defined(KERNEL_LENS_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif

#include "context_switch.h"

__thread uint3 threadIdx;
__thread uint3 blockIdx;
__thread dim3 blockDim;
__thread dim3 gridDim;

namespace __kl {

__thread unsigned int linearThread;
__thread unsigned int blockThreads;
__thread bool fibersInUse;
__thread unsigned int ticks;
__thread void *dynamicShared;
__thread Worker *worker;

Worker *thisWorker() {
  if (worker == nullptr) {
    worker = new Worker();
    worker->idle.reserve(1024);
  }
  return worker;
}

// ---- switching -----------------------------------------------------------------------------------------------------

void fiberMain();

Fiber *newFiber(Worker *w) {
  Fiber *fiber = new Fiber();
  char *memory = static_cast<char *>(mmap(nullptr, guardBytes + stackBytes, PROT_READ | PROT_WRITE,
                                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (memory == MAP_FAILED)
    fault("other", Message{"no memory for the stacks of the block's threads"}, w->launch->file, w->launch->line);
  // Fails when the process has too many mappings; then this stack has no guard, which is all that is lost.
  mprotect(memory, guardBytes, PROT_NONE);
  fiber->stack = memory + guardBytes;
  // Different offsets keep the tops of the stacks from falling into the same cache sets.
  const size_t colour = w->fibers.size() % 29 * 320 & ~static_cast<size_t>(63);
  fiber->stackPointer = __kl_new_stack(fiber->stack + stackBytes - 64 - colour, fiberMain);
  w->fibers.push_back(fiber);
  return fiber;
}

void destroyFibers(Worker *w) {
  for (Fiber *fiber : w->fibers) {
    munmap(fiber->stack - guardBytes, guardBytes + stackBytes);
    delete fiber;
  }
}

/** To be called first on whatever stack was switched to. */
inline void arrived(Worker *w, Fiber *self) {
#if defined(KERNEL_LENS_ASAN)
  const void *bottom;
  size_t size;
  __sanitizer_finish_switch_fiber(self != nullptr ? self->fakeStack : w->fakeStack, &bottom, &size);
  if (w->stackBottom == nullptr && self != nullptr) {
    w->stackBottom = bottom;
    w->stackSize = size;
  }
#else
  (void)w;
  (void)self;
#endif
}

/** Leaves `self` (null: the OS thread's own stack) for `to` (likewise). */
inline void switchTo(Worker *w, Fiber *self, Fiber *to) {
#if defined(KERNEL_LENS_ASAN)
  __sanitizer_start_switch_fiber(self != nullptr ? &self->fakeStack : &w->fakeStack,
                                 to != nullptr ? to->stack : w->stackBottom, to != nullptr ? stackBytes : w->stackSize);
#endif
  w->current = to;
  __kl_switch_stack(self != nullptr ? &self->stackPointer : &w->stackPointer,
                    to != nullptr ? to->stackPointer : w->stackPointer);
  arrived(w, self);
}

Fiber *idleFiber(Worker *w) {
  if (w->idle.empty()) return newFiber(w);
  Fiber *fiber = w->idle.back();
  w->idle.pop_back();
  return fiber;
}

// ---- waiting -------------------------------------------------------------------------------------------------------

/** From plain calls to fibers: threads before the running one have ended, those after it have not begun. */
void beginFibers(Worker *w) {
  fibersInUse = true;
  w->nextThread = linearThread + 1;
  w->alive = w->threads - linearThread;
  for (unsigned int first = 0, i = 0; first < w->threads; first += 32, i++) {
    unsigned int alive = w->threads - first >= 32 ? ~0u : (1u << (w->threads - first)) - 1;
    if (linearThread >= first + 32) {
      alive = 0;
    } else if (linearThread > first) {
      alive &= ~((1u << (linearThread - first)) - 1);
    }
    Warp &warp = w->warps[i];
    warp.alive = alive;
    warp.barrierFile = nullptr;
  }
}

/** Threads that wait for the same: in which call, and in an exchange of a warp for which lanes, of which some came. */
struct Wait {
  std::string file;
  int line;
  std::string what;
  unsigned int mask = 0;
  unsigned int arrived = 0;
  bool operator<(const Wait &other) const {
    return std::tie(file, line, what, mask, arrived) <
           std::tie(other.file, other.line, other.what, other.mask, other.arrived);
  }
};

Message describeWait(const Wait &wait, unsigned int threads, const uint3 &first) {
  const std::string example =
      std::to_string(first.x) + ", " + std::to_string(first.y) + ", " + std::to_string(first.z);
  const std::string count = std::to_string(threads);
  if (wait.mask == 0)
    return threads == 1 ? Message{"thread ({0}) waits here, in {1}", {example, wait.what}}
                        : Message{"{0} threads wait here, the first is ({1}), in {2}", {count, example, wait.what}};
  const std::string mask = hexadecimal(wait.mask), arrived = hexadecimal(wait.arrived);
  return threads == 1 ? Message{"thread ({0}) waits here, in {1} with mask {2}, of which lanes {3} came",
                                {example, wait.what, mask, arrived}}
                      : Message{"{0} threads wait here, the first is ({1}), in {2} with mask {3}, of which lanes {4} came",
                                {count, example, wait.what, mask, arrived}};
}

[[noreturn]] void deadlock(Worker *w) {
  struct Group {
    unsigned int threads = 0;
    uint3 first{};
  };
  std::map<Wait, Group> groups;
  const auto add = [&](const Fiber *fiber, const Rendezvous *meeting) {
    Wait wait{fiber->file, fiber->line, fiber->what};
    if (meeting != nullptr) {
      wait.mask = meeting->mask;
      wait.arrived = meeting->arrived;
    }
    Group &group = groups[wait];
    if (group.threads++ == 0) group.first = fiber->thread;
  };
  for (const Fiber *f = w->atBarrier.head; f != nullptr; f = f->next) add(f, nullptr);
  for (const Warp &warp : w->warps)
    for (const Rendezvous *r = warp.open; r != nullptr; r = r->next)
      for (const Fiber *f = r->waiting.head; f != nullptr; f = f->next) add(f, r);
  std::vector<Place> places;
  for (const auto &entry : groups) {
    const Wait &wait = entry.first;
    places.push_back(Place{wait.file.c_str(), wait.line, describeWait(wait, entry.second.threads, entry.second.first)});
  }
  if (!groups.empty()) threadIdx = groups.begin()->second.first;
  fault("deadlock", Message{"the threads of the block wait for each other and none can go on"},
        places.empty() ? "" : places.front().file, places.empty() ? 0 : places.front().line, places);
}

/** Answers the lanes that asked for their active mask, one call site of a warp at a time. */
bool answerActiveMasks(Worker *w) {
  bool any = false;
  for (Warp &warp : w->warps) {
    if (warp.asking.head == nullptr) continue;
    any = true;
    const Fiber *first = warp.asking.head;
    const char *file = first->file;
    const int line = first->line;
    unsigned int mask = 0;
    for (const Fiber *f = warp.asking.head; f != nullptr; f = f->next)
      if (f->file == file && f->line == line) mask |= 1u << (f->linear & 31u);
    Queue later;
    while (Fiber *fiber = warp.asking.pop()) {
      if (fiber->file == file && fiber->line == line) {
        fiber->activeMask = mask;
        w->ready.push(fiber);
      } else {
        later.push(fiber);
      }
    }
    warp.asking = later;
  }
  return any;
}

/** Who runs next when the running thread cannot. */
Fiber *choose(Worker *w, bool readyFirst) {
  if (readyFirst)
    if (Fiber *fiber = w->ready.pop()) return fiber;
  if (w->nextThread < w->threads) return idleFiber(w);
  if (Fiber *fiber = w->ready.pop()) return fiber;
  if (answerActiveMasks(w)) return w->ready.pop();
  deadlock(w);
}

/** Runs others until somebody has made this thread ready again; it must be in a queue already. */
void park(Worker *w, bool readyFirst) {
  Fiber *self = w->current;
  self->thread = threadIdx;
  self->linear = linearThread;
  self->ticks = ticks;
  Fiber *next = choose(w, readyFirst);
  if (next != self) switchTo(w, self, next);
  threadIdx = self->thread;
  linearThread = self->linear;
  ticks = self->ticks;
}

void note(Fiber *fiber, const char *what, const char *file, int line) {
  fiber->what = what;
  fiber->file = file;
  fiber->line = line;
  fiber->linear = linearThread;
  fiber->thread = threadIdx;
}

// ---- fibers and blocks ---------------------------------------------------------------------------------------------

void becomeThread(unsigned int linear) {
  linearThread = linear;
  threadIdx.x = linear % blockDim.x;
  threadIdx.y = linear / blockDim.x % blockDim.y;
  threadIdx.z = linear / (blockDim.x * blockDim.y);
  ticks = 0;
}

void fiberMain() {
  Worker *w = worker;
  arrived(w, w->current);
  for (;;) {
    Fiber *self = w->current;
    becomeThread(fibersInUse ? w->nextThread++ : 0);
    self->reading = nullptr;
    w->launch->entry(w->launch->closure);
    // The thread has ended, and with it every further thread that this fiber could run.
    w->idle.push_back(self);
    switchTo(w, self, fibersInUse && w->alive > 0 ? choose(w, true) : nullptr);
  }
}

void runBlock(Worker *w, const Launch &launch, uint64_t block) {
  blockIdx.x = static_cast<unsigned int>(block % launch.grid.x);
  blockIdx.y = static_cast<unsigned int>(block / launch.grid.x % launch.grid.y);
  blockIdx.z = static_cast<unsigned int>(block / launch.grid.x / launch.grid.y);
  w->launch = &launch;
  w->threads = blockThreads = launch.block.x * launch.block.y * launch.block.z;
  fibersInUse = false;
  w->arrivedAtBarrier = 0;
  w->count = 0;
  w->all = 1;
  w->any = 0;
  switchTo(w, nullptr, idleFiber(w));
  w->launch = nullptr;
}

const Launch *currentLaunch() { return worker != nullptr ? worker->launch : nullptr; }
unsigned int multiprocessor() { return worker != nullptr ? worker->index : 0; }
bool launchIsCooperative() { return worker != nullptr && worker->grid != nullptr; }

bool isStackGuard(uintptr_t address) {
  if (worker == nullptr || worker->launch == nullptr || worker->current == nullptr) return false;
  const uintptr_t stack = reinterpret_cast<uintptr_t>(worker->current->stack);
  return address < stack && address >= stack - guardBytes;
}

unsigned int activeMask(const char *file, int line) {
  Worker *w = worker;
  if (!fibersInUse) beginFibers(w);
  note(w->current, "__activemask()", file, line);
  w->warps[linearThread >> 5].asking.push(w->current);
  park(w);
  return w->current->activeMask;
}

void yieldToOthers() {
  ticks = 0;
  Worker *w = worker;
  if (w == nullptr || w->launch == nullptr) return;
  if (!fibersInUse) {
    if (linearThread + 1 >= w->threads) {
      sched_yield();
      return;
    }
    beginFibers(w);
  }
  if (w->ready.head == nullptr && w->nextThread >= w->threads) {
    sched_yield();
    if (!answerActiveMasks(w)) return;
  }
  w->ready.push(w->current);
  park(w, false);
}

}  // namespace __kl
