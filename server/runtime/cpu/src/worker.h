// A block while it runs: its fibers, its warps, and the OS thread that runs it.
#pragma once
#include "runtime.h"

#include <pthread.h>

namespace __kl {

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

extern __thread Worker *worker;
Worker *thisWorker();

// fibers.cpp

/** From plain calls to fibers: threads before the running one have ended, those after it have not begun. */
void beginFibers(Worker *w);
/** Remembers what the running thread waits for. */
void note(Fiber *fiber, const char *what, const char *file, int line);
/** Runs others until somebody has made this thread ready again; it must be in a queue already. */
void park(Worker *w, bool readyFirst = true);
/** Makes the running fiber the block's thread of this index. */
void becomeThread(unsigned int linear);
void runBlock(Worker *w, const Launch &launch, uint64_t block);
void destroyFibers(Worker *w);

// synchronization.cpp

/** Tells the other blocks of a cooperative grid that this one will not come to its barrier again. */
void blockFinished(Worker *w);

}  // namespace __kl
