/** Times launches with events: each sample is one launch between two events, enqueued while the GPU is still busy. */
import { timeStatistics } from '../../statistics';
import { DriverError, type Driver } from './driver';
import { waitForEvent } from './wait';

export interface Launcher {
  /** Enqueues work that must precede a sample and stay outside it. */
  prepare(): void;
  launch(): void;
}

const targetRelativeError = 0.005;
const fewestSamples = 50;
const mostSamples = 5000;
/** Events are reused batch by batch; with everything around a sample this stays well below the driver's queue of 1024. */
const largestBatch = 64;
/** Bounds how long the process is deaf while it enqueues, and how far a batch overshoots the budget. */
const batchMs = 20;
/** No kernel is shorter, so what the events say below this is their noise. */
const shortestUs = 0.5;
/** Idle clocks take some tens of milliseconds to rise. */
const warmUpMs = 100;

export class Sampler {
  readonly #starts: bigint[];
  readonly #stops: bigint[];

  constructor(
    private readonly driver: Driver,
    private readonly stream: bigint,
    /** Microseconds that the events add to every launch; taken off. */
    private readonly overhead: number,
    private readonly launcher: Launcher,
  ) {
    const events = () => Array.from({ length: largestBatch }, () => driver.handle('cuEventCreate', 0));
    this.#starts = events();
    this.#stops = events();
  }

  /** Microseconds of one launch with nothing before it, which includes what the host took to enqueue it. */
  async single(onEnqueued: () => void): Promise<number> {
    const [start, stop] = [this.#starts[0] ?? 0n, this.#stops[0] ?? 0n];
    this.driver.call('cuEventRecord', start, this.stream);
    this.launcher.launch();
    onEnqueued();
    this.driver.call('cuEventRecord', stop, this.stream);
    await waitForEvent(this.driver, stop);
    return this.#elapsed(start, stop);
  }

  free(): void {
    for (const event of [...this.#starts, ...this.#stops]) this.driver.raw.cuEventDestroy(event);
  }

  /** Microseconds of `count` launches, at most `largestBatch`. */
  async sample(count: number): Promise<number[]> {
    const used = Math.min(count, largestBatch);
    for (let index = 0; index < used; index++) {
      this.launcher.prepare();
      this.driver.call('cuEventRecord', this.#starts[index] ?? 0n, this.stream);
      this.launcher.launch();
      this.driver.call('cuEventRecord', this.#stops[index] ?? 0n, this.stream);
    }
    await waitForEvent(this.driver, this.#stops[used - 1] ?? 0n);
    return this.#starts.slice(0, used).map((start, index) => this.#elapsed(start, this.#stops[index] ?? 0n));
  }

  /**
   * Samples until the median is certain enough or the budget is spent. `first` is the time of the launch that went
   * before; a kernel that leaves no room for a second launch is reported by it alone.
   */
  async measure(first: number, budgetMs: number): Promise<Float64Array> {
    const started = performance.now();
    const spent = () => performance.now() - started;
    if (first / 1000 > budgetMs / 2) return Float64Array.of(first);
    let perSampleMs = first / 1000;
    const next = async (leftMs: number) => {
      const fitting = Math.floor(Math.min(batchMs, leftMs) / Math.max(perSampleMs, 1e-3));
      const before = performance.now();
      const batch = await this.sample(Math.max(1, Math.min(fitting, largestBatch)));
      perSampleMs = (performance.now() - before) / batch.length;
      return batch;
    };
    while (spent() < Math.min(warmUpMs, budgetMs / 4)) await next(warmUpMs);
    const samples: number[] = [];
    while (samples.length < mostSamples) {
      samples.push(...(await next(budgetMs - spent())));
      if (spent() >= budgetMs) break;
      if (samples.length >= fewestSamples && timeStatistics(samples, true).relativeError < targetRelativeError) break;
    }
    return Float64Array.from(samples);
  }

  #elapsed(start: bigint, stop: bigint): number {
    const out = Buffer.alloc(4);
    const code = this.driver.raw.cuEventElapsedTime(out, start, stop);
    if (code !== 0) throw new DriverError(code, 'cuEventElapsedTime', this.driver.errorName(code));
    return Math.max(1000 * out.readFloatLE() - this.overhead, shortestUs);
  }
}
