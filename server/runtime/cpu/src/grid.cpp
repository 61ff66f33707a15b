// Spreads the blocks of a grid over the processor's threads.
#include "worker.h"

#include <atomic>
#include <chrono>
#include <sched.h>
#include <unistd.h>

namespace __kl {

namespace {

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
      if (w->shared == nullptr) fault("other", Message{"no memory for dynamic shared memory"}, launch.file, launch.line);
      nameAllocation(w->shared, "dynamic shared memory", 1);
      w->sharedBytes = launch.sharedBytes;
    }
  }
  dynamicShared = w->shared;
}

/** Which blocks of a launch have ended, told at the first and then about once a second: a run may be stopped any time. */
class Progress {
 public:
  void tell() { told_ = true; }
  void begin() {
    ended_ = 0;
    start_ = now();
    due_ = start_;
  }
  void blockEnded() {
    if (!told_) return;
    const uint64_t ended = ++ended_;
    int64_t due = due_;
    const int64_t at = now();
    if (at < due || !due_.compare_exchange_strong(due, at + 1000)) return;
    Event("progress").integer("blocks", static_cast<long long>(ended)).integer("ms", at - start_).send();
  }

 private:
  static int64_t now() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  }
  bool told_ = false;
  int64_t start_ = 0;
  std::atomic<uint64_t> ended_{0};
  std::atomic<int64_t> due_{0};
};
Progress &progress = *new Progress();

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
    for (uint64_t block = first; block < end; block++) {
      runBlock(w, launch, block);
      progress.blockEnded();
    }
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
      fault("other", Message{"the system has no threads left for a cooperative launch of this size"}, launch.file,
            launch.line);
  }
  for (CooperativeBlock &block : all) pthread_join(block.thread, nullptr);
}

}  // namespace

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

void tellProgress() { progress.tell(); }

void execute(const Launch &launch) {
  const uint64_t blocks = static_cast<uint64_t>(launch.grid.x) * launch.grid.y * launch.grid.z;
  progress.begin();
  if (launch.cooperative) {
    executeCooperatively(launch, blocks);
  } else if (blocks == 1 || processorThreads() == 1) {
    Worker *w = thisWorker();
    prepare(w, launch);
    for (uint64_t block = 0; block < blocks; block++) {
      runBlock(w, launch, block);
      progress.blockEnded();
    }
  } else {
    executeOnPool(launch, blocks);
  }
}

}  // namespace __kl
