/** A device's context with what is kept between runs. */
import { createCacheFlush, type CacheFlush } from './cache-flush';
import type { Driver } from './driver';

export interface Session {
  readonly device: number;
  readonly stream: bigint;
  readonly flush: CacheFlush | undefined;
}

export class Sessions {
  readonly #sessions = new Map<number, Session & { readonly context: bigint }>();

  constructor(private readonly driver: Driver) {}

  /** Makes the context of the device with this index current; creates it the first time (some 300 ms). */
  open(index: number): Session {
    const known = this.#sessions.get(index);
    if (known !== undefined) {
      this.driver.call('cuCtxSetCurrent', known.context);
      return known;
    }
    const device = this.driver.int('cuDeviceGet', index);
    const context = this.driver.handle('cuDevicePrimaryCtxRetain', device);
    this.driver.call('cuCtxSetCurrent', context);
    const stream = this.driver.handle('cuStreamCreate', 0);
    const session = { device, context, stream, flush: createCacheFlush(this.driver, device) };
    this.driver.call('cuCtxSynchronize');
    this.#sessions.set(index, session);
    return session;
  }
}
