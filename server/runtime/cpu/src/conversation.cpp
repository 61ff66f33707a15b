// A program that somebody talks to. Into a pipe, C's library writes whole buffers: a question would appear after its answer.
#include <cstdio>
#include <cstdlib>

/** Line by line, and before it reads, as in a terminal. */
__attribute__((constructor)) static void writeLineByLine() {
  if (getenv("KERNEL_LENS_INTERACTIVE") == nullptr) return;
  setvbuf(stdout, nullptr, _IOLBF, 0);
  setvbuf(stdin, nullptr, _IONBF, 0);
}
