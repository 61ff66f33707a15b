// The entry of the trace library and everything about the process's life: it may end at any moment, in any way.
#include <cuda.h>
#include <cupti.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "activities.h"
#include "trace.h"

namespace kernel_lens {

namespace {

/// Nanoseconds between two flushes: what a killed process loses at most.
constexpr long flushPeriod = 50 * 1000 * 1000;
/// Flushes between two writings of the sums.
constexpr int totalsEvery = 20;

sem_t wanted;
sem_t done;
std::atomic<bool> ending{false};
std::atomic<bool> abandoned{false};

void flushEverything(bool forced) {
    if (abandoned.load()) return;
    flushActivities(forced);
    if (forced) totals::write();
    writer::flush();
}

void flushLoop() {
    // Signals are the program's: this thread takes none.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    for (int round = 1;; round++) {
        timespec until{};
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += flushPeriod;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (sem_timedwait(&wanted, &until) == 0) {
            flushEverything(true);
            sem_post(&done);
            continue;
        }
        if (ending.load()) return;
        flushEverything(false);
        if (round % totalsEvery == 0) totals::write();
    }
}

void atEnd() {
    if (ending.exchange(true)) return;
    flushEverything(true);
}

/// A crash: another thread flushes, since nothing is safe to call here; then the signal does what it would have done.
void crashed(int number) {
    if (!ending.exchange(true) && !abandoned.load()) {
        sem_post(&wanted);
        timespec until{};
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 2;
        while (sem_timedwait(&done, &until) != 0 && errno == EINTR) {
        }
    }
    std::signal(number, SIG_DFL);
    std::raise(number);
}

/// Only where the program itself has no handler.
void watchCrashes() {
    for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        struct sigaction before {};
        if (sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
        struct sigaction action {};
        action.sa_handler = crashed;
        action.sa_flags = SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        sigaction(number, &action, nullptr);
    }
}

void inChild() {
    abandoned.store(true);
    writer::abandon();
}

void writeHeader() {
    uint32_t version = 0;
    cuptiGetVersion(&version);
    cuptiGetTimestamp(&writer::origin);
    timespec wall{};
    clock_gettime(CLOCK_REALTIME, &wall);
    const uint64_t wallTime = static_cast<uint64_t>(wall.tv_sec) * 1000000000 + static_cast<uint64_t>(wall.tv_nsec);
    // Format 1; then CUPTI's version, the process, and the wall clock at the moment that times count from.
    writer::Line('V').number(1).number(version).number(static_cast<uint64_t>(getpid())).number(wallTime).end();
}

}  // namespace

}  // namespace kernel_lens

extern "C" __attribute__((visibility("default"))) int InitializeInjection() {
    using namespace kernel_lens;
    static std::atomic<bool> started{false};
    if (started.exchange(true)) return 1;
    // What a program prints into a pipe is held back by the C library until its buffer is full: as in a terminal, show lines.
    if (isatty(STDOUT_FILENO) == 0) std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const char* folder = std::getenv("KERNEL_LENS_TRACE_FOLDER");
    if (folder == nullptr || !writer::open(folder)) return 1;
    sem_init(&wanted, 0, 0);
    sem_init(&done, 0, 0);
    writeHeader();
    startActivities();
    startCalls();
    pthread_atfork(nullptr, nullptr, inChild);
    std::atexit(atEnd);
    at_quick_exit(atEnd);
    watchCrashes();
    std::thread(flushLoop).detach();
    writer::flush();
    return 1;
}
