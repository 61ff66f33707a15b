#include "trace.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <map>
#include <mutex>
#include <utility>
#include <unordered_map>
#include <vector>

namespace kernel_lens::stacks {

namespace {

constexpr int deepest = 48;
/// Correlation ids count up, so the last million calls are enough to find a running activity's.
constexpr size_t rememberedCalls = 1 << 20;

std::mutex guard;
// Never destroyed: calls may still come while the process ends.
auto& known = *new std::unordered_map<uint64_t, StackId>;
auto& extended = *new std::map<std::pair<uint64_t, StackId>, StackId>;
auto& modules = *new std::unordered_map<const link_map*, uint32_t>;
auto& calls = *new std::vector<std::atomic<uint64_t>>(rememberedCalls);

/// This library's and the profiling library's own frames stand on top of every stack.
bool isOurs(const void* address) {
    static const void* base = [] {
        Dl_info info{};
        return dladdr(reinterpret_cast<const void*>(&here), &info) != 0 ? info.dli_fbase : nullptr;
    }();
    Dl_info info{};
    return dladdr(address, &info) != 0 && info.dli_fbase == base;
}

uint32_t moduleId(const link_map* map) {
    const auto [found, isNew] = modules.try_emplace(map, static_cast<uint32_t>(modules.size() + 1));
    if (isNew) {
        // The program's own entry has no name.
        char path[PATH_MAX];
        ssize_t length = map->l_name[0] == '\0' ? readlink("/proc/self/exe", path, sizeof path) : -1;
        const std::string_view name = length > 0 ? std::string_view(path, static_cast<size_t>(length)) : map->l_name;
        writer::Line('M').number(found->second).text(name).end();
    }
    return found->second;
}

/// `module address`, the address as the module's own file counts it, whatever place it was loaded to.
void writeFrame(writer::Line& line, const void* address) {
    Dl_info info{};
    link_map* map = nullptr;
    if (dladdr1(address, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0 || map == nullptr) return;
    line.number(moduleId(map));
    line.hexadecimal(reinterpret_cast<uintptr_t>(address) - map->l_addr);
}

void writeStack(StackId id, void* const* frames, int count) {
    writer::Line line('T');
    line.number(id);
    for (int index = 0; index < count; index++)
        if (!isOurs(frames[index])) writeFrame(line, frames[index]);
    line.end();
}

/// Ids are given to stacks of both kinds in turn.
StackId nextId() {
    return static_cast<StackId>(known.size() + extended.size());
}

uint64_t hash(void* const* frames, int count) {
    uint64_t sum = 1469598103934665603ULL;
    for (int index = 0; index < count; index++) {
        sum ^= reinterpret_cast<uintptr_t>(frames[index]);
        sum *= 1099511628211ULL;
        sum ^= sum >> 29;
    }
    return sum;
}

}  // namespace

StackId here() {
    void* frames[deepest];
    const int count = backtrace(frames, deepest);
    const uint64_t key = hash(frames, count);
    // Most calls of a thread come from where its last ones came from.
    static thread_local uint64_t recentKeys[64];
    static thread_local StackId recentIds[64];
    const size_t slot = key % 64;
    if (recentIds[slot] != 0 && recentKeys[slot] == key) return recentIds[slot];
    StackId id;
    {
        std::lock_guard lock(guard);
        const auto [found, isNew] = known.try_emplace(key, 0);
        if (isNew) writeStack(found->second = nextId(), frames, count);
        id = found->second;
    }
    recentKeys[slot] = key;
    recentIds[slot] = id;
    return id;
}

void remember(uint32_t correlation, StackId stack) {
    calls[correlation % rememberedCalls].store(static_cast<uint64_t>(correlation) << 32 | stack, std::memory_order_relaxed);
}

StackId of(uint32_t correlation) {
    const uint64_t entry = calls[correlation % rememberedCalls].load(std::memory_order_relaxed);
    return entry >> 32 == correlation ? static_cast<StackId>(entry) : 0;
}

StackId above(uint64_t instruction, StackId below) {
    std::lock_guard lock(guard);
    const auto [found, isNew] = extended.try_emplace({instruction, below}, 0);
    if (isNew) {
        found->second = nextId();
        writer::Line line('P');
        line.number(found->second).number(below);
        // Behind the instruction, as return addresses are.
        writeFrame(line, reinterpret_cast<const void*>(instruction + 1));
        line.end();
    }
    return found->second;
}

}  // namespace kernel_lens::stacks
