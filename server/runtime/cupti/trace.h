// What the parts of the trace library share. The library is loaded by the CUDA driver into the process that it traces
// (CUDA_INJECTION64_PATH); it must never change what the program does, only watch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kernel_lens {

/// Where the program was when it made a call: an id of a line `T` in the trace; 0 is unknown.
using StackId = uint32_t;

/// Appends lines to the trace file. All members may be called from any thread.
namespace writer {

/// Opens `<folder>/<pid>.trace`. False when the file cannot be made.
bool open(const char* folder);
/// The moment that the trace counts from, in CUPTI's nanoseconds.
extern uint64_t origin;
/// The child of a fork has no CUDA of its parent's: it writes nothing.
void abandon();
void flush();

/// One line, built in place: numbers and words apart by blanks.
class Line {
public:
    explicit Line(char kind) { buffer_[length_++] = kind; }
    Line& number(uint64_t value);
    Line& signedNumber(int64_t value);
    Line& hexadecimal(uint64_t value);
    /// A moment of CUPTI's clock, from the trace's beginning on.
    Line& time(uint64_t value);
    /// The rest of the line: may hold blanks.
    Line& text(std::string_view value);
    void end();

private:
    void blank();
    char buffer_[1024];
    size_t length_ = 0;
};

/// Whether one more record may be written by itself; when the trace is full, records are only added up.
bool takeRecord();
/// The id of a string, written to the trace when it is new.
uint32_t stringId(const char* text);

}  // namespace writer

namespace stacks {

/// Takes the calling thread's stack. Return addresses only: they are turned into lines later, by others.
StackId here();
/// Remembers which stack a call had, for the activity that comes of it.
void remember(uint32_t correlation, StackId stack);
StackId of(uint32_t correlation);
/// A place in the code, and below it a stack that it has to do with.
StackId above(uint64_t instruction, StackId below);

}  // namespace stacks

namespace totals {

/// Adds a record that is not written by itself. `name` is a string's id, `variant` tells e.g. copy directions apart.
void add(char kind, uint32_t name, uint32_t variant, StackId stack, uint64_t nanoseconds, uint64_t bytes);
/// Writes the sums so far; a later line replaces an earlier one.
void write();

}  // namespace totals

/// Asks CUPTI for what it holds. Forced: also buffers with records that are not complete.
void flushActivities(bool forced);

}  // namespace kernel_lens
