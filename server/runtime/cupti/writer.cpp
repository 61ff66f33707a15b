#include "trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kernel_lens::writer {

namespace {

constexpr size_t flushBytes = 256 << 10;
/// Records written one by one. More than a timeline can show and people look at; the rest is added up.
constexpr uint64_t recordLimit = 1000000;

std::mutex guard;
std::string pending;
std::atomic<int> file{-1};
std::atomic<uint64_t> records{0};

void writeOut(std::string& text) {
    const int out = file.load();
    size_t done = 0;
    while (out >= 0 && done < text.size()) {
        const ssize_t wrote = ::write(out, text.data() + done, text.size() - done);
        if (wrote <= 0) break;  // A full disk costs the trace, not the program.
        done += static_cast<size_t>(wrote);
    }
    text.clear();
}

}  // namespace

uint64_t origin = 0;

bool open(const char* folder) {
    const std::string path = std::string(folder) + '/' + std::to_string(getpid()) + ".trace";
    const int out = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    file.store(out);
    return out >= 0;
}

void abandon() {
    const int out = file.exchange(-1);
    if (out >= 0) ::close(out);
}

void flush() {
    std::lock_guard lock(guard);
    writeOut(pending);
}

bool takeRecord() {
    return records.fetch_add(1, std::memory_order_relaxed) < recordLimit;
}

void Line::blank() {
    if (length_ < sizeof buffer_ - 1) buffer_[length_++] = ' ';
}

Line& Line::number(uint64_t value) {
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    blank();
    while (count > 0 && length_ < sizeof buffer_ - 1) buffer_[length_++] = digits[--count];
    return *this;
}

Line& Line::signedNumber(int64_t value) {
    return number(value < 0 ? 0 : static_cast<uint64_t>(value));
}

Line& Line::time(uint64_t value) {
    return number(value > origin ? value - origin : 0);
}

Line& Line::hexadecimal(uint64_t value) {
    char digits[16];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value != 0);
    blank();
    while (count > 0 && length_ < sizeof buffer_ - 1) buffer_[length_++] = digits[--count];
    return *this;
}

Line& Line::text(std::string_view value) {
    blank();
    for (const char character : value) {
        if (length_ >= sizeof buffer_ - 1) break;
        buffer_[length_++] = character == '\n' ? ' ' : character;
    }
    return *this;
}

void Line::end() {
    buffer_[length_++] = '\n';
    std::lock_guard lock(guard);
    pending.append(buffer_, length_);
    if (pending.size() >= flushBytes) writeOut(pending);
}

uint32_t stringId(const char* text) {
    static std::mutex namesGuard;
    // Never destroyed: activities may still come while the process ends.
    static auto& byText = *new std::unordered_map<std::string, uint32_t>;
    if (text == nullptr) text = "?";
    std::lock_guard lock(namesGuard);
    const auto [found, isNew] = byText.try_emplace(text, static_cast<uint32_t>(byText.size() + 1));
    if (isNew) {
        // A kernel's mangled name may be longer than a line: it goes in pieces.
        const std::string_view all = found->first;
        for (size_t at = 0; at == 0 || at < all.size(); at += 900)
            Line('S').number(found->second).text(all.substr(at, 900)).end();
    }
    return found->second;
}

}  // namespace kernel_lens::writer
