/** Kernel times as the GPU records them for CUPTI, read through a small library that the server built. */
import { tryLibrary, type Koffi, type NativeFunction } from './koffi';

/** CUPTI serves one profiler at a time. Those that inject themselves into a process leave a trace in its environment. */
function anotherProfiler(environment: NodeJS.ProcessEnv): boolean {
  return Object.entries(environment).some(
    ([name, value = '']) =>
      (/^(CUDA_INJECTION64_PATH|NVTX_INJECTION64_PATH|NV_TPS_\w+|NV_COMPUTE_PROFILER_\w+)$/.test(name) &&
        value !== '') ||
      (name === 'LD_PRELOAD' && /injection|sanitizer/i.test(value)),
  );
}

export class ActivityClock {
  #running = false;

  private constructor(
    private readonly start_: NativeFunction,
    private readonly stop_: NativeFunction,
    private readonly read_: NativeFunction,
  ) {}

  /** Undefined where the library cannot be loaded or another profiler watches this process. */
  static open(koffi: Koffi, library: string): ActivityClock | undefined {
    if (anotherProfiler(process.env)) return undefined;
    const loaded = tryLibrary(koffi, library);
    if (loaded === undefined) return undefined;
    return new ActivityClock(
      loaded.func('int kernelClockStart()'),
      loaded.func('int kernelClockStop()'),
      loaded.func('int64_t kernelClockRead(void *, int64_t)'),
    );
  }

  /** Whether records are being kept from now on. */
  start(): boolean {
    this.#running ||= this.start_() === 0;
    return this.#running;
  }

  stop(): void {
    if (this.#running) this.stop_();
    this.#running = false;
  }

  /** Microseconds of exactly `count` finished kernels, in the order of their launches; undefined if there were others. */
  read(count: number): number[] | undefined {
    const out = Buffer.alloc(8 * count);
    if (Number(this.read_(out, count)) !== count) return undefined;
    return Array.from({ length: count }, (_, index) => Number(out.readBigUInt64LE(8 * index)) / 1000);
  }
}
