// Runs the blocks of a grid on the processor's threads, and the threads of a block one after another.
//
// A block starts on one fiber that calls the kernel for thread 0, 1, 2, … as a loop. When a thread must wait, its fiber
// is parked and another fiber takes up the next thread; a block without barriers therefore never makes a second fiber.
// All state of a block belongs to the OS thread that runs it, so nothing here needs a lock.
#include "runtime.h"

#include <atomic>
#include <map>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>
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

namespace {

constexpr size_t stackBytes = 512 * 1024;
constexpr size_t guardBytes = 64 * 1024;
constexpr unsigned int maxWarps = 32;

struct Rendezvous;

/** A stack, and the CUDA thread that currently lives on it. */
struct Fiber {
  void *stackPointer = nullptr;
  char *stack = nullptr;
  Fiber *next = nullptr;
  uint3 thread{};
  unsigned int linear = 0;
  unsigned int ticks = 0;
  /** The exchange whose table this thread may still read. */
  Rendezvous *reading = nullptr;
  unsigned int activeMask = 0;
  // What it waits for, for the report of a deadlock.
  const char *what = nullptr;
  const char *file = nullptr;
  int line = 0;
  unsigned int mask = 0;
  void *fakeStack = nullptr;
};

/** Fibers in the order they came. */
struct Queue {
  Fiber *head = nullptr;
  Fiber *tail = nullptr;
  void push(Fiber *fiber) {
    fiber->next = nullptr;
    (tail != nullptr ? tail->next : head) = fiber;
    tail = fiber;
  }
  Fiber *pop() {
    Fiber *fiber = head;
    if (fiber != nullptr && (head = fiber->next) == nullptr) tail = nullptr;
    return fiber;
  }
  void moveTo(Queue &other) {
    while (Fiber *fiber = pop()) other.push(fiber);
  }
};

/** Lanes of one warp meeting with the same mask. */
struct Rendezvous {
  unsigned int mask = 0;
  unsigned int arrived = 0;
  int readers = 0;
  Deposit lanes[32];
  Queue waiting;
  Rendezvous *next = nullptr;
};

struct Warp {
  unsigned int alive = 0;
  Rendezvous *open = nullptr;
  /** Lanes that asked for the active mask; answered when nothing else in the block can run. */
  Queue asking;
  /** Where the warp's first lane reached the current barrier. */
  const char *barrierFile = nullptr;
  int barrierLine = 0;
  unsigned int barrierThread = 0;
};

/** The grid-wide barrier of a cooperative launch, across OS threads. */
struct GridBarrier {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  unsigned int blocks = 0;
  unsigned int arrived = 0;
  unsigned int finished = 0;
  unsigned int generation = 0;
};

/** What one OS thread needs to run blocks. */
struct Worker {
  const Launch *launch = nullptr;
  unsigned int index = 0;
  unsigned int threads = 0;
  unsigned int nextThread = 0;
  unsigned int alive = 0;
  Fiber *current = nullptr;
  Queue ready;
  Queue atBarrier;
  unsigned int arrivedAtBarrier = 0;
  bool gridWide = false;
  int count = 0, all = 1, any = 0;
  int results[3] = {0, 0, 0};
  Warp warps[maxWarps];
  std::vector<Fiber *> idle;
  std::vector<Fiber *> fibers;
  Rendezvous *spare = nullptr;
  void *shared = nullptr;
  size_t sharedBytes = 0;
  GridBarrier *grid = nullptr;
  // The OS thread's own stack, from which blocks are started.
  void *stackPointer = nullptr;
  void *fakeStack = nullptr;
  const void *stackBottom = nullptr;
  size_t stackSize = 0;
};

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
    fault("other", "no memory for the stacks of the block's threads", w->launch->file, w->launch->line);
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

std::string describeWait(const Fiber *fiber, const Rendezvous *meeting) {
  std::string text = fiber->what;
  if (meeting != nullptr) {
    char masks[80];
    snprintf(masks, sizeof masks, " with mask 0x%08x, of which lanes 0x%08x came", meeting->mask, meeting->arrived);
    text += masks;
  }
  return text;
}

[[noreturn]] void deadlock(Worker *w) {
  struct Group {
    unsigned int threads = 0;
    uint3 first{};
  };
  std::map<std::pair<std::pair<std::string, int>, std::string>, Group> groups;
  const auto add = [&](const Fiber *fiber, const Rendezvous *meeting) {
    Group &group = groups[{{fiber->file, fiber->line}, describeWait(fiber, meeting)}];
    if (group.threads++ == 0) group.first = fiber->thread;
  };
  for (const Fiber *f = w->atBarrier.head; f != nullptr; f = f->next) add(f, nullptr);
  for (const Warp &warp : w->warps)
    for (const Rendezvous *r = warp.open; r != nullptr; r = r->next)
      for (const Fiber *f = r->waiting.head; f != nullptr; f = f->next) add(f, r);
  std::vector<Place> places;
  std::vector<std::string> files;
  files.reserve(groups.size());
  for (const auto &entry : groups) {
    char text[96];
    snprintf(text, sizeof text, "%u thread%s wait%s here, the first is (%u,%u,%u), in ", entry.second.threads,
             entry.second.threads == 1 ? "" : "s", entry.second.threads == 1 ? "s" : "", entry.second.first.x,
             entry.second.first.y, entry.second.first.z);
    files.push_back(entry.first.first.first);
    places.push_back(Place{files.back().c_str(), entry.first.first.second, text + entry.first.second});
  }
  if (!groups.empty()) threadIdx = groups.begin()->second.first;
  fault("deadlock", "the threads of the block wait for each other and none can go on",
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
void park(Worker *w, bool readyFirst = true) {
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

// ---- barriers ------------------------------------------------------------------------------------------------------

void waitForGrid(Worker *w) {
  GridBarrier *grid = w->grid;
  pthread_mutex_lock(&grid->mutex);
  const unsigned int generation = grid->generation;
  if (++grid->arrived == grid->blocks) {
    grid->arrived = 0;
    grid->generation++;
    pthread_cond_broadcast(&grid->changed);
  }
  while (grid->generation == generation) {
    if (grid->arrived + grid->finished == grid->blocks && grid->finished > 0) {
      pthread_mutex_unlock(&grid->mutex);
      const Fiber *example = w->atBarrier.head != nullptr ? w->atBarrier.head : w->current;
      fault("deadlock", "grid.sync() can never finish: other blocks of the grid have ended without it",
            example->file != nullptr ? example->file : "", example->line);
    }
    pthread_cond_wait(&grid->changed, &grid->mutex);
  }
  pthread_mutex_unlock(&grid->mutex);
}

void blockFinished(Worker *w) {
  GridBarrier *grid = w->grid;
  if (grid == nullptr) return;
  pthread_mutex_lock(&grid->mutex);
  grid->finished++;
  pthread_cond_broadcast(&grid->changed);
  pthread_mutex_unlock(&grid->mutex);
}

void releaseBarrier(Worker *w) {
  if (w->gridWide) {
    w->gridWide = false;
    waitForGrid(w);
  }
  w->results[static_cast<int>(Reduction::count)] = w->count;
  w->results[static_cast<int>(Reduction::all)] = w->all;
  w->results[static_cast<int>(Reduction::any)] = w->any;
  w->count = 0;
  w->all = 1;
  w->any = 0;
  w->arrivedAtBarrier = 0;
  for (unsigned int i = 0; i * 32 < w->threads; i++) w->warps[i].barrierFile = nullptr;
  w->atBarrier.moveTo(w->ready);
}

/** A barrier is one instruction for a whole warp: lanes that meet at two of them are undefined behaviour on a GPU. */
void checkDivergence(Worker *w, const char *file, int line) {
  Warp &warp = w->warps[linearThread >> 5];
  if (warp.barrierFile == nullptr) {
    warp.barrierFile = file;
    warp.barrierLine = line;
    warp.barrierThread = linearThread;
    return;
  }
  if (warp.barrierLine == line && (warp.barrierFile == file || strcmp(warp.barrierFile, file) == 0)) return;
  char other[96];
  snprintf(other, sizeof other, "thread %u of the block waits here", warp.barrierThread);
  char self[96];
  snprintf(self, sizeof self, "thread %u of the block, of the same warp, came here", linearThread);
  fault("deadlock", "threads of one warp wait at different barriers, which may hang on a GPU", file, line,
        {Place{warp.barrierFile, warp.barrierLine, other}, Place{file, line, self}});
}

void arriveAtBarrier(Worker *w, const char *what, const char *file, int line) {
  checkDivergence(w, file, line);
  note(w->current, what, file, line);
  if (++w->arrivedAtBarrier == w->alive) {
    releaseBarrier(w);
  } else {
    w->atBarrier.push(w->current);
    park(w);
  }
}

// ---- warp exchanges ------------------------------------------------------------------------------------------------

void stopReading(Worker *w, Fiber *fiber) {
  Rendezvous *r = fiber->reading;
  if (r == nullptr) return;
  fiber->reading = nullptr;
  if (--r->readers == 0) {
    r->next = w->spare;
    w->spare = r;
  }
}

bool complete(const Warp &warp, const Rendezvous *r) { return (r->arrived & warp.alive) == (r->mask & warp.alive); }

void close(Worker *w, Warp &warp, Rendezvous *r) {
  Rendezvous **link = &warp.open;
  while (*link != r) link = &(*link)->next;
  *link = r->next;
  r->readers = __builtin_popcount(r->arrived);
  r->waiting.moveTo(w->ready);
}

Rendezvous *join(Worker *w, Warp &warp, unsigned int mask, int lane) {
  for (Rendezvous *r = warp.open; r != nullptr; r = r->next)
    if (r->mask == mask && !(r->arrived >> lane & 1u)) return r;
  Rendezvous *r = w->spare;
  if (r != nullptr) {
    w->spare = r->next;
  } else {
    r = new Rendezvous();
  }
  r->mask = mask;
  r->arrived = 0;
  r->next = warp.open;
  warp.open = r;
  return r;
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

void freeShared(Worker *w) {
  if (w->shared != nullptr) release(w->shared, "the end of the launch");
  w->shared = nullptr;
  w->sharedBytes = 0;
}

/** Sets up the launch's built-in variables and dynamic shared memory on this OS thread. */
void prepare(Worker *w, const Launch &launch) {
  blockDim = launch.block;
  gridDim = launch.grid;
  if (w->sharedBytes != launch.sharedBytes) {
    freeShared(w);
    if (launch.sharedBytes > 0) {
      w->shared = allocate(launch.sharedBytes, MemoryKind::none);
      if (w->shared == nullptr) fault("other", "no memory for dynamic shared memory", launch.file, launch.line);
      nameAllocation(w->shared, "dynamic shared memory", 1);
      w->sharedBytes = launch.sharedBytes;
    }
  }
  dynamicShared = w->shared;
}

// ---- the grid over the processor's threads ---------------------------------------------------------------------------

struct Pool {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t started = PTHREAD_COND_INITIALIZER;
  pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
  const Launch *launch = nullptr;
  uint64_t blocks = 0;
  uint64_t share = 1;
  std::atomic<uint64_t> next{0};
  unsigned int generation = 0;
  unsigned int busy = 0;
  bool running = false;
};
// Never destroyed: pool threads may still look at it while the process ends.
Pool &pool = *new Pool();

void takeBlocks(Worker *w, const Launch &launch) {
  prepare(w, launch);
  for (;;) {
    const uint64_t first = pool.next.fetch_add(pool.share);
    if (first >= pool.blocks) return;
    const uint64_t end = first + pool.share < pool.blocks ? first + pool.share : pool.blocks;
    for (uint64_t block = first; block < end; block++) runBlock(w, launch, block);
  }
}

void *poolThread(void *argument) {
  prepareThreadForSignals();
  Worker *w = thisWorker();
  w->index = static_cast<unsigned int>(reinterpret_cast<uintptr_t>(argument));
  unsigned int seen = 0;
  for (;;) {
    pthread_mutex_lock(&pool.mutex);
    while (pool.generation == seen) pthread_cond_wait(&pool.started, &pool.mutex);
    seen = pool.generation;
    const Launch *launch = pool.launch;
    pthread_mutex_unlock(&pool.mutex);
    takeBlocks(w, *launch);
    pthread_mutex_lock(&pool.mutex);
    if (--pool.busy == 0) pthread_cond_signal(&pool.ended);
    pthread_mutex_unlock(&pool.mutex);
  }
  return nullptr;
}

/** Static shared memory is thread-local storage, which glibc takes from the thread's stack: give it room. */
bool startThread(pthread_t *thread, void *(*entry)(void *), void *argument, bool detached) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16 * 1024 * 1024);
  if (detached) pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const int failed = pthread_create(thread, &attributes, entry, argument);
  pthread_attr_destroy(&attributes);
  return failed == 0;
}

void executeOnPool(const Launch &launch, uint64_t blocks) {
  if (!pool.running) {
    pool.running = true;
    for (unsigned int i = 1; i < processorThreads(); i++) {
      pthread_t thread;
      startThread(&thread, poolThread, reinterpret_cast<void *>(static_cast<uintptr_t>(i)), true);
    }
  }
  pthread_mutex_lock(&pool.mutex);
  pool.launch = &launch;
  pool.blocks = blocks;
  const uint64_t share = blocks / (processorThreads() * 16ull);
  pool.share = share < 1 ? 1 : share;
  pool.next = 0;
  pool.busy = processorThreads() - 1;
  pool.generation++;
  pthread_cond_broadcast(&pool.started);
  pthread_mutex_unlock(&pool.mutex);
  takeBlocks(thisWorker(), launch);
  pthread_mutex_lock(&pool.mutex);
  while (pool.busy > 0) pthread_cond_wait(&pool.ended, &pool.mutex);
  pthread_mutex_unlock(&pool.mutex);
}

struct CooperativeBlock {
  const Launch *launch;
  GridBarrier *grid;
  uint64_t block;
  pthread_t thread;
};

void *cooperativeThread(void *argument) {
  const CooperativeBlock *self = static_cast<CooperativeBlock *>(argument);
  prepareThreadForSignals();
  Worker *w = thisWorker();
  w->index = static_cast<unsigned int>(self->block);
  w->grid = self->grid;
  prepare(w, *self->launch);
  runBlock(w, *self->launch, self->block);
  blockFinished(w);
  freeShared(w);
  destroyFibers(w);
  delete w;
  worker = nullptr;
  return nullptr;
}

/** Every block gets an OS thread: all must be under way for the grid's barrier. */
void executeCooperatively(const Launch &launch, uint64_t blocks) {
  GridBarrier grid;
  grid.blocks = static_cast<unsigned int>(blocks);
  std::vector<CooperativeBlock> all(blocks);
  for (uint64_t i = 0; i < blocks; i++) {
    all[i] = CooperativeBlock{&launch, &grid, i, {}};
    if (!startThread(&all[i].thread, cooperativeThread, &all[i], false))
      fault("other", "the system has no threads left for a cooperative launch of this size", launch.file, launch.line);
  }
  for (CooperativeBlock &block : all) pthread_join(block.thread, nullptr);
}

}  // namespace

const Launch *currentLaunch() { return worker != nullptr ? worker->launch : nullptr; }
unsigned int multiprocessor() { return worker != nullptr ? worker->index : 0; }
bool launchIsCooperative() { return worker != nullptr && worker->grid != nullptr; }

bool isStackGuard(uintptr_t address) {
  if (worker == nullptr || worker->launch == nullptr || worker->current == nullptr) return false;
  const uintptr_t stack = reinterpret_cast<uintptr_t>(worker->current->stack);
  return address < stack && address >= stack - guardBytes;
}

unsigned int processorThreads() {
  static const unsigned int threads = [] {
    const char *wish = getenv("KERNEL_LENS_THREADS");
    long count = wish != nullptr ? atol(wish) : 0;
#if defined(__linux__)
    cpu_set_t set;
    if (count < 1 && sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
#endif
    if (count < 1) count = sysconf(_SC_NPROCESSORS_ONLN);
    return static_cast<unsigned int>(count < 1 ? 1 : count > 256 ? 256 : count);
  }();
  return threads;
}

void execute(const Launch &launch) {
  const uint64_t blocks = static_cast<uint64_t>(launch.grid.x) * launch.grid.y * launch.grid.z;
  if (launch.cooperative) {
    executeCooperatively(launch, blocks);
  } else if (blocks == 1 || processorThreads() == 1) {
    Worker *w = thisWorker();
    prepare(w, launch);
    for (uint64_t block = 0; block < blocks; block++) runBlock(w, launch, block);
  } else {
    executeOnPool(launch, blocks);
  }
}

void barrier(const char *file, int line) {
  Worker *w = worker;
  if (!fibersInUse) beginFibers(w);
  arriveAtBarrier(w, "__syncthreads()", file, line);
}

int barrierReduce(int predicate, Reduction reduction, const char *file, int line) {
  Worker *w = worker;
  if (!fibersInUse) beginFibers(w);
  w->count += predicate != 0;
  w->all &= predicate != 0;
  w->any |= predicate != 0;
  arriveAtBarrier(w, "a barrier with a vote", file, line);
  return w->results[static_cast<int>(reduction)];
}

void gridBarrier(const char *file, int line) {
  Worker *w = worker;
  if (w->grid == nullptr)
    fault("deadlock", "grid.sync() needs a launch by cudaLaunchCooperativeKernel", file, line);
  if (!fibersInUse) beginFibers(w);
  w->gridWide = true;
  arriveAtBarrier(w, "grid.sync()", file, line);
}

const Deposit *exchange(unsigned int mask, Deposit mine, unsigned int *arrivedLanes, const char *what, const char *file,
                        int line) {
  Worker *w = worker;
  if (!fibersInUse) beginFibers(w);
  Fiber *self = w->current;
  stopReading(w, self);
  const int self_lane = lane();
  if (!(mask >> self_lane & 1u)) {
    char text[160];
    snprintf(text, sizeof text, "lane %d calls %s with mask 0x%08x, which does not name it: undefined on a GPU", self_lane,
             what, mask);
    fault("undefinedBehavior", text, file, line);
  }
  Warp &warp = w->warps[linearThread >> 5];
  Rendezvous *r = join(w, warp, mask, self_lane);
  r->lanes[self_lane] = mine;
  r->arrived |= 1u << self_lane;
  self->reading = r;
  if (complete(warp, r)) {
    close(w, warp, r);
  } else {
    note(self, what, file, line);
    r->waiting.push(self);
    park(w);
  }
  if (arrivedLanes != nullptr) *arrivedLanes = r->arrived;
  return r->lanes;
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

bool nextThreadAmongFibers() {
  Worker *w = worker;
  stopReading(w, w->current);
  w->alive--;
  Warp &warp = w->warps[linearThread >> 5];
  warp.alive &= ~(1u << (linearThread & 31u));
  // Those who waited only for this thread can go on.
  for (Rendezvous *r = warp.open; r != nullptr;) {
    Rendezvous *next = r->next;
    if (r->waiting.head != nullptr && complete(warp, r)) close(w, warp, r);
    r = next;
  }
  if (w->alive > 0 && w->arrivedAtBarrier == w->alive) releaseBarrier(w);
  if (w->nextThread >= w->threads || w->ready.head != nullptr) return false;
  becomeThread(w->nextThread++);
  return true;
}

}  // namespace __kl
