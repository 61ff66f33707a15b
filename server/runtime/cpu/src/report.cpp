// The private channel: one JSON object a line, appended to the file that KERNEL_LENS_REPORT names. Standard output stays
// the program's own.
#include "runtime.h"

#include <atomic>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace __kl {

std::string Message::english() const {
  std::string text;
  for (const char *at = words; *at != 0; at++) {
    const size_t index = at[0] == '{' ? static_cast<size_t>(at[1] - '0') : values.size();
    if (index < values.size()) {
      text += values[index];
      at += 2;
    } else {
      text += *at;
    }
  }
  return text;
}

std::string hexadecimal(unsigned int bits) {
  char digits[16];
  snprintf(digits, sizeof digits, "0x%08x", bits);
  return digits;
}

static int channel = -1;
static std::atomic<bool> claimed{false};
static __thread bool mine = false;

bool reporting() { return channel >= 0; }

static void writeAll(const char *text, size_t length) {
  while (channel >= 0 && length > 0) {
    const ssize_t written = write(channel, text, length);
    if (written <= 0) return;
    text += written;
    length -= static_cast<size_t>(written);
  }
}

void sendAll(const std::string &line) { writeAll(line.data(), line.size()); }

Event::Event(const char *kind) {
  put('{');
  text("event", kind);
}
void Event::put(char c) {
  // The last bytes are kept for the closing brackets.
  if (length_ + 8 < sizeof buffer_) buffer_[length_++] = c;
}
void Event::raw(const char *text) {
  while (*text) put(*text++);
}
void Event::quoted(const char *text) {
  put('"');
  for (; *text; text++) {
    const unsigned char c = static_cast<unsigned char>(*text);
    if (c == '"' || c == '\\') {
      put('\\');
      put(static_cast<char>(c));
    } else if (c < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", c);
      raw(escape);
    } else {
      put(static_cast<char>(c));
    }
  }
  put('"');
}
void Event::key(const char *key) {
  if (comma_) put(',');
  comma_ = true;
  quoted(key);
  put(':');
}
Event &Event::text(const char *name, const char *value) {
  key(name);
  quoted(value);
  return *this;
}
Event &Event::message(const char *name, const Message &message) {
  key(name);
  put('{');
  comma_ = false;
  text("text", message.words);
  beginList("values");
  for (const std::string &value : message.values) {
    if (comma_) put(',');
    comma_ = true;
    quoted(value.c_str());
  }
  return endList().endItem();
}
Event &Event::number(const char *name, double value) {
  key(name);
  char digits[40];
  snprintf(digits, sizeof digits, "%.6g", value);
  raw(digits);
  return *this;
}
Event &Event::integer(const char *name, long long value) {
  key(name);
  char digits[32];
  snprintf(digits, sizeof digits, "%lld", value);
  raw(digits);
  return *this;
}
Event &Event::triple(const char *name, unsigned int x, unsigned int y, unsigned int z) {
  key(name);
  char digits[48];
  snprintf(digits, sizeof digits, "[%u,%u,%u]", x, y, z);
  raw(digits);
  return *this;
}
Event &Event::beginList(const char *name) {
  key(name);
  put('[');
  comma_ = false;
  return *this;
}
Event &Event::endList() {
  put(']');
  comma_ = true;
  return *this;
}
Event &Event::beginItem() {
  if (comma_) put(',');
  put('{');
  comma_ = false;
  return *this;
}
Event &Event::endItem() {
  put('}');
  comma_ = true;
  return *this;
}
Event &Event::where() {
  const Launch *launch = currentLaunch();
  if (launch == nullptr) return *this;
  text("kernel", launch->name);
  triple("grid", launch->grid.x, launch->grid.y, launch->grid.z);
  triple("blockShape", launch->block.x, launch->block.y, launch->block.z);
  triple("block", blockIdx.x, blockIdx.y, blockIdx.z);
  triple("thread", threadIdx.x, threadIdx.y, threadIdx.z);
  if (launch->file != nullptr) {
    text("launchFile", launch->file);
    integer("launchLine", launch->line);
  }
  return *this;
}
void Event::send() {
  buffer_[length_++] = '}';
  buffer_[length_++] = '\n';
  writeAll(buffer_, length_);
}

void claimReport() {
  if (mine) return;
  if (claimed.exchange(true)) {
    // Another thread is telling its fault and will end the process.
    for (;;) pause();
  }
  mine = true;
}

void fault(const char *kind, const Message &message, const char *file, int line, const std::vector<Place> &places) {
  claimReport();
  Event event("fault");
  event.text("kind", kind).message("message", message);
  if (file != nullptr && *file != 0) event.text("file", file).integer("line", line);
  event.where();
  event.beginList("places");
  for (const Place &place : places)
    event.beginItem().text("file", place.file).integer("line", place.line).message("text", place.text).endItem();
  event.endList().send();

  fflush(stdout);
  fprintf(stderr, "%s:%d: %s", file != nullptr ? file : "?", line, message.english().c_str());
  const Launch *launch = currentLaunch();
  if (launch != nullptr)
    fprintf(stderr, " [kernel %s, block (%u,%u,%u), thread (%u,%u,%u)]", launch->name, blockIdx.x, blockIdx.y,
            blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
  fputc('\n', stderr);
  for (const Place &place : places) fprintf(stderr, "%s:%d: %s\n", place.file, place.line, place.text.english().c_str());
  fflush(stderr);
  _exit(faultExitCode);
}

void unsupportedInstruction(const char *text, const char *file, int line) {
  fault("unsupported", Message{"inline PTX that the CPU does not emulate was reached: {0}", {text}}, file, line);
}

void trap(const char *file, int line) {
  fault("illegalInstruction", Message{"__trap() was reached"}, file, line);
}

__attribute__((constructor(101))) static void openChannel() {
  const char *path = getenv("KERNEL_LENS_REPORT");
  if (path == nullptr) return;
  channel = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  // A program started by this one must not write into the same report.
  unsetenv("KERNEL_LENS_REPORT");
#if defined(__linux__)
  // Nothing may outlive the server that started it.
  const char *parent = getenv("KERNEL_LENS_PARENT");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (parent != nullptr && atol(parent) != static_cast<long>(getppid())) _exit(faultExitCode);
  unsetenv("KERNEL_LENS_PARENT");
#endif
}

}  // namespace __kl
