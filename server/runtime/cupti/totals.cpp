#include "trace.h"

#include <map>
#include <mutex>
#include <tuple>

namespace kernel_lens::totals {

namespace {

struct Sum {
    uint64_t count = 0;
    uint64_t nanoseconds = 0;
    uint64_t shortest = UINT64_MAX;
    uint64_t longest = 0;
    uint64_t bytes = 0;
};

std::mutex guard;
// Never destroyed: activities may still come while the process ends.
auto& sums = *new std::map<std::tuple<char, uint32_t, uint32_t, StackId>, Sum>;

}  // namespace

void add(char kind, uint32_t name, uint32_t variant, StackId stack, uint64_t nanoseconds, uint64_t bytes) {
    std::lock_guard lock(guard);
    Sum& sum = sums[{kind, name, variant, stack}];
    sum.count++;
    sum.nanoseconds += nanoseconds;
    if (nanoseconds < sum.shortest) sum.shortest = nanoseconds;
    if (nanoseconds > sum.longest) sum.longest = nanoseconds;
    sum.bytes += bytes;
}

void write() {
    std::lock_guard lock(guard);
    for (const auto& [key, sum] : sums) {
        const auto& [kind, name, variant, stack] = key;
        writer::Line line('G');
        line.number(static_cast<uint64_t>(kind)).number(name).number(variant).number(stack);
        line.number(sum.count).number(sum.nanoseconds).number(sum.shortest).number(sum.longest).number(sum.bytes);
        line.end();
    }
}

}  // namespace kernel_lens::totals
