/** Times launches: each sample is one launch, enqueued while the GPU is still busy with what precedes it. */
import { timeStatistics } from '../../statistics';
import type { Sampling } from '../messages';
import type { ActivityClock } from './activity';
import { DriverError, type Driver } from './driver';
import { waitForEvent } from './wait';

export interface Launcher {
  /** Enqueues work that must precede a sample and stay outside it. */
  prepare(): void;
  launch(): void;
  /** Kernels that `prepare` enqueues. */
  readonly kernelsBefore: number;
}

export interface Instruments {
  /** Microseconds that the events add to every launch; taken off. */
  readonly eventOverhead: number;
  readonly activity?: ActivityClock | undefined;
  /** Called now and then while the GPU is busy with samples. */
  readonly observe?: (() => void) | undefined;
}

export interface Measurement extends Sampling {
  /** Microseconds, one a launch. */
  readonly samples: Float64Array;
}

const targetRelativeError = 0.005;
const fewestSamples = 50;
const mostSamples = 5000;
/** Less than this shows one state of the clocks only, and the next run another: milliseconds. */
const shortestMeasurementMs = 250;
/** Of a kernel that the budget has no room for. */
const samplesOfLong = 3;
/** Events are reused batch by batch; with everything around a sample this stays well below the driver's queue of 1024. */
const largestBatch = 64;
/** Bounds how long the process is deaf while it enqueues, and how far a batch overshoots the budget. */
const batchMs = 20;
/** No kernel is shorter, so what the events say below this is their noise. */
const shortestUs = 0.5;
/** Idle clocks take some tens of milliseconds to rise. */
const warmUpMs = 100;
/** What the events add is less than a tenth of a percent of a kernel above this, and loading CUPTI not worth its time. */
const activityBelowUs = 1000;
/** Records end with the kernel itself, events with what it launched as well: beyond this they speak of different things. */
const agreement = { factor: 1.3, us: 5 } as const;
const observeEveryMs = 25;

export class Sampler {
  readonly #starts: bigint[];
  readonly #stops: bigint[];
  #observed = 0;

  constructor(
    private readonly driver: Driver,
    private readonly stream: bigint,
    private readonly launcher: Launcher,
    private readonly instruments: Instruments,
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

  /** Microseconds of `count` launches by events, at most `largestBatch`. */
  async sample(count: number): Promise<readonly number[]> {
    const used = Math.min(count, largestBatch);
    for (let index = 0; index < used; index++) {
      this.launcher.prepare();
      this.driver.call('cuEventRecord', this.#starts[index] ?? 0n, this.stream);
      this.launcher.launch();
      this.driver.call('cuEventRecord', this.#stops[index] ?? 0n, this.stream);
    }
    if (performance.now() - this.#observed > observeEveryMs) {
      this.instruments.observe?.();
      this.#observed = performance.now();
    }
    await waitForEvent(this.driver, this.#stops[used - 1] ?? 0n);
    return this.#starts.slice(0, used).map((start, index) => this.#elapsed(start, this.#stops[index] ?? 0n));
  }

  /**
   * Samples until the median is certain enough or the budget is spent. `first` is the time of the launch that went
   * before; a kernel that leaves no room for a second launch is reported by it alone.
   */
  async measure(first: number, budgetMs: number, patienceMs: number): Promise<Measurement> {
    if (first / 1000 > budgetMs / 2) return this.#few(first, patienceMs);
    const started = performance.now();
    const spent = () => performance.now() - started;
    let perSampleMs = first / 1000;
    const next = async (leftMs: number): Promise<readonly number[]> => {
      const fitting = Math.floor(Math.min(batchMs, leftMs) / Math.max(perSampleMs, 1e-3));
      const before = performance.now();
      const batch = await this.sample(Math.max(1, Math.min(fitting, largestBatch)));
      perSampleMs = (performance.now() - before) / batch.length;
      return batch;
    };
    let typical = first;
    while (spent() < Math.min(warmUpMs, budgetMs / 4)) {
      const batch = await next(warmUpMs);
      typical = Math.min(...batch);
    }

    const { activity } = this.instruments;
    let recording = typical < activityBelowUs && activity !== undefined && activity.start();
    // The first launches under CUPTI set up what it needs.
    if (recording) recording = this.#records((await next(warmUpMs)).length) !== undefined;
    if (!recording) activity?.stop();

    const events: number[] = [];
    const records: number[] = [];
    const measuring = performance.now();
    let stoppedBy: Measurement['stoppedBy'] = 'samples';
    while (events.length < mostSamples) {
      const batch = await next(budgetMs - spent());
      events.push(...batch);
      if (recording) {
        const recorded = this.#records(batch.length);
        records.push(...(recorded ?? []));
        if (recorded === undefined) {
          // CUPTI makes the events' intervals longer, so what was measured beside it does not count.
          activity?.stop();
          recording = false;
          events.length = 0;
        }
      }
      if (spent() >= budgetMs) {
        stoppedBy = 'budget';
        break;
      }
      if (events.length < fewestSamples || performance.now() - measuring < shortestMeasurementMs) continue;
      if (timeStatistics(recording ? records : events, true).relativeError < targetRelativeError) {
        stoppedBy = 'precision';
        break;
      }
    }
    activity?.stop();
    const useRecords = recording && agree(events, records);
    return {
      samples: Float64Array.from(useRecords ? records : events),
      clock: useRecords ? 'activity' : 'events',
      stoppedBy,
    };
  }

  /** A few launches, one by one, of a kernel that takes as long as other measurements altogether. */
  async #few(first: number, patienceMs: number): Promise<Measurement> {
    const samples: number[] = [];
    const fitting = Math.min(samplesOfLong, Math.floor(patienceMs / (first / 1000)) - 1);
    while (samples.length < fitting) samples.push(...(await this.sample(1)));
    return {
      samples: samples.length === 0 ? Float64Array.of(first) : Float64Array.from(samples),
      clock: 'events',
      stoppedBy: 'budget',
    };
  }

  /** Microseconds of the last `count` samples by the GPU's own records. */
  #records(count: number): number[] | undefined {
    const kernels = this.launcher.kernelsBefore + 1;
    return this.instruments.activity?.read(count * kernels)?.filter((_, index) => index % kernels === kernels - 1);
  }

  #elapsed(start: bigint, stop: bigint): number {
    const out = Buffer.alloc(4);
    const code = this.driver.raw.cuEventElapsedTime(out, start, stop);
    if (code !== 0) throw new DriverError(code, 'cuEventElapsedTime', this.driver.errorName(code));
    return Math.max(1000 * out.readFloatLE() - this.instruments.eventOverhead, shortestUs);
  }
}

/** Whether both clocks saw the same thing. */
function agree(events: readonly number[], records: readonly number[]): boolean {
  const [byEvents, byRecords] = [timeStatistics(events, true).median, timeStatistics(records, true).median];
  return byEvents <= agreement.factor * byRecords + agreement.us;
}
