/** A device's context with what is kept between runs. */
import { createCacheFlush, type CacheFlush } from './cache-flush';
import { uuidOf } from './devices';
import type { Driver } from './driver';
import { loadHelpers, type Helpers } from './helpers';
import { Sampler } from './measure';
import type { Nvml } from './nvml';

export interface Session {
  readonly device: number;
  readonly stream: bigint;
  readonly uuid: string | undefined;
  readonly flush: CacheFlush | undefined;
  readonly helpers: Helpers | undefined;
  /** Microseconds that two events around a launch add to it. */
  readonly eventOverhead: number;
}

/**
 * Microseconds that CUPTI's activity records and Nsight Compute's counters give an empty kernel at least (0.86 on an
 * H100); what its events show beyond that is the events' own.
 */
const emptyKernelUs = 0.9;
const calibrationLaunches = 64;

export class Sessions {
  readonly #sessions = new Map<number, Session & { readonly context: bigint }>();

  constructor(
    private readonly driver: Driver,
    readonly nvml: Nvml | undefined,
  ) {}

  /** Makes the context of the device with this index current; creates it the first time (some 300 ms). */
  async open(index: number): Promise<Session> {
    const known = this.#sessions.get(index);
    if (known !== undefined) {
      this.driver.call('cuCtxSetCurrent', known.context);
      return known;
    }
    const device = this.driver.int('cuDeviceGet', index);
    const context = this.driver.handle('cuDevicePrimaryCtxRetain', device);
    this.driver.call('cuCtxSetCurrent', context);
    const stream = this.driver.handle('cuStreamCreate', 0);
    const helpers = loadHelpers(this.driver);
    const flush = createCacheFlush(this.driver, device, helpers?.readAll);
    this.driver.call('cuCtxSynchronize');
    const eventOverhead = helpers === undefined ? 0 : await this.#calibrate(stream, flush, helpers.empty);
    const uuid = uuidOf(this.driver, this.nvml, device);
    const session = { device, context, stream, uuid, flush, helpers, eventOverhead };
    this.#sessions.set(index, session);
    return session;
  }

  /** The median event time of an empty kernel, under the conditions of a sample. */
  async #calibrate(stream: bigint, flush: CacheFlush | undefined, empty: bigint): Promise<number> {
    const launcher = {
      prepare: () => flush?.enqueue(stream),
      launch: () => this.driver.call('cuLaunchKernel', empty, 1, 1, 1, 32, 1, 1, 0, stream, null, null),
      kernelsBefore: 0,
    };
    const sampler = new Sampler(this.driver, stream, launcher, { eventOverhead: 0 });
    await sampler.sample(calibrationLaunches);
    const times = [...(await sampler.sample(calibrationLaunches))].sort((a, b) => a - b);
    sampler.free();
    return Math.max(0, (times[times.length >> 1] ?? 0) - emptyKernelUs);
  }
}
