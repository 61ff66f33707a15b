#include "context_switch.h"

#include <string.h>

#if defined(__APPLE__)
#define SYMBOL "___kl_switch_stack"
#else
#define SYMBOL "__kl_switch_stack"
#endif

#if defined(__x86_64__)

// The System V ABI preserves rbx, rbp, r12–r15 across calls, and the SSE and x87 control words, which nobody changes here.
asm(".text\n"
    ".globl " SYMBOL "\n"
    ".p2align 4\n" SYMBOL ":\n"
    "  pushq %rbp\n"
    "  pushq %rbx\n"
    "  pushq %r12\n"
    "  pushq %r13\n"
    "  pushq %r14\n"
    "  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n"
    "  popq %r14\n"
    "  popq %r13\n"
    "  popq %r12\n"
    "  popq %rbx\n"
    "  popq %rbp\n"
    "  ret\n");

void *__kl_new_stack(void *top, void (*entry)()) {
  void **slot = static_cast<void **>(top);
  *--slot = nullptr;  // a return address for `entry`, which also aligns its frame as a call would
  *--slot = reinterpret_cast<void *>(entry);
  for (int i = 0; i < 6; i++) *--slot = nullptr;
  return slot;
}

#elif defined(__aarch64__)

// AAPCS64 preserves x19–x30 and the low halves of v8–v15.
asm(".text\n"
    ".globl " SYMBOL "\n"
    ".p2align 4\n" SYMBOL ":\n"
    "  sub sp, sp, #160\n"
    "  stp x19, x20, [sp]\n"
    "  stp x21, x22, [sp, #16]\n"
    "  stp x23, x24, [sp, #32]\n"
    "  stp x25, x26, [sp, #48]\n"
    "  stp x27, x28, [sp, #64]\n"
    "  stp x29, x30, [sp, #80]\n"
    "  stp d8, d9, [sp, #96]\n"
    "  stp d10, d11, [sp, #112]\n"
    "  stp d12, d13, [sp, #128]\n"
    "  stp d14, d15, [sp, #144]\n"
    "  mov x9, sp\n"
    "  str x9, [x0]\n"
    "  mov sp, x1\n"
    "  ldp x19, x20, [sp]\n"
    "  ldp x21, x22, [sp, #16]\n"
    "  ldp x23, x24, [sp, #32]\n"
    "  ldp x25, x26, [sp, #48]\n"
    "  ldp x27, x28, [sp, #64]\n"
    "  ldp x29, x30, [sp, #80]\n"
    "  ldp d8, d9, [sp, #96]\n"
    "  ldp d10, d11, [sp, #112]\n"
    "  ldp d12, d13, [sp, #128]\n"
    "  ldp d14, d15, [sp, #144]\n"
    "  add sp, sp, #160\n"
    "  ret\n");

void *__kl_new_stack(void *top, void (*entry)()) {
  void **frame = static_cast<void **>(top) - 20;
  memset(frame, 0, 20 * sizeof(void *));
  frame[11] = reinterpret_cast<void *>(entry);  // x30, where `ret` goes
  return frame;
}

#else
#error "Kernel Lens runs kernels on x86-64 and arm64 processors."
#endif
