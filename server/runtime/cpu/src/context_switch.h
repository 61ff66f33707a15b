// Switching stacks in a dozen instructions; ucontext costs a system call each time.
#pragma once
#include <stddef.h>

/** Saves the caller's registers on its stack, stores its stack pointer in `*from`, and continues where `to` was saved. */
extern "C" void __kl_switch_stack(void **from, void *to);

/** Prepares the stack that ends at `top` so that switching to the returned pointer calls `entry`, which must not return. */
void *__kl_new_stack(void *top, void (*entry)());
