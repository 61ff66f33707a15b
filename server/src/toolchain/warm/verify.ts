/** Whether this toolkit's front ends, started ahead, say what nvcc says: the flags are not documented, so it is tried. */
import os from 'node:os';
import path from 'node:path';
import { diagnose } from '../diagnose';
import type { CompilerMessage } from '../messages';
import type { Toolkit } from '../types';
import { WarmChecker } from './checker';

/** Errors of both passes, of an instantiation, in a header's macro and behind the preprocessor. */
const probe = `#include <cstddef>
#define TWICE(x) ((x) + (x))
template <class T> __device__ T member(T t) { return t.nothing(); }
__global__ void k(int* p) {
  p[0] = TWICE(undefinedHere) + member(1);
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ > 0
  p[1] = undefinedOnDevice;
#endif
}
int f(float* q) { return q; }
`;

const timeLimitMs = 60_000;

/** Undefined when they agree, else the reason. */
export async function verifyWarm(toolkit: Toolkit, architecture: string | undefined): Promise<string | undefined> {
  const file = path.join(os.tmpdir(), 'probe.cu');
  const { signal } = new AbortController();
  const checker = new WarmChecker({ toolkit, file, architecture, flags: [] });
  try {
    const warm = await checker.check(probe, signal);
    if (warm.status !== 'ok') return warm.status === 'unavailable' ? warm.reason : 'cancelled';
    const cold = await diagnose({
      toolkit,
      file,
      text: probe,
      architecture,
      flags: [],
      depth: 'syntax',
      timeLimitMs,
      signal,
    });
    if (cold.status !== 'ok') return cold.status === 'failed' ? cold.message : 'cancelled';
    // Where nvcc cannot do its work at all, both agree about that only.
    if (![...words(cold.messages)].some((text) => text.includes('undefinedHere'))) return 'nvcc does not see the probe';
    const missing = [...words(cold.messages)].filter((message) => !words(warm.messages).has(message));
    const added = [...words(warm.messages)].filter((message) => !words(cold.messages).has(message));
    if (missing.length > 0) return `they do not say: ${missing.join('; ')}`;
    if (added.length > 0) return `they add: ${added.join('; ')}`;
    return undefined;
  } finally {
    await checker.dispose();
  }
}

function words(messages: readonly CompilerMessage[]): Set<string> {
  return new Set(messages.map(({ line, severity, message }) => `${line} ${severity} ${message}`));
}
