// Where the threads of a block meet: barriers of the block and the grid, and exchanges between the lanes of a warp.
#include "worker.h"

namespace __kl {

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
      fault("deadlock", Message{"grid.sync() can never finish: other blocks of the grid have ended without it"},
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
  const Message other{"thread {0} of the block waits here", {std::to_string(warp.barrierThread)}};
  const Message self{"thread {0} of the block, of the same warp, came here", {std::to_string(linearThread)}};
  fault("deadlock", Message{"threads of one warp wait at different barriers, which may hang on a GPU"}, file, line,
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
  constexpr const char *names[] = {"__syncthreads_count()", "__syncthreads_and()", "__syncthreads_or()"};
  arriveAtBarrier(w, names[static_cast<int>(reduction)], file, line);
  return w->results[static_cast<int>(reduction)];
}

void gridBarrier(const char *file, int line) {
  Worker *w = worker;
  if (w->grid == nullptr)
    fault("deadlock", Message{"grid.sync() needs a launch by cudaLaunchCooperativeKernel"}, file, line);
  if (!fibersInUse) beginFibers(w);
  w->gridWide = true;
  arriveAtBarrier(w, "grid.sync()", file, line);
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

const Deposit *exchange(unsigned int mask, Deposit mine, unsigned int *arrivedLanes, const char *what, const char *file,
                        int line) {
  Worker *w = worker;
  if (!fibersInUse) beginFibers(w);
  Fiber *self = w->current;
  stopReading(w, self);
  const int self_lane = lane();
  if (!(mask >> self_lane & 1u)) {
    fault("undefinedBehavior",
          Message{"lane {0} calls {1} with mask {2}, which does not name it: undefined on a GPU",
                  {std::to_string(self_lane), what, hexadecimal(mask)}},
          file, line);
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

// ---- the end of a thread -------------------------------------------------------------------------------------------

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
