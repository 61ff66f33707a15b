/** Waiting for the GPU without blocking this process, so that it still notices when its server has gone. */
import { result, type Driver } from './driver';

const spinMs = 3;

/** Resolves when the event has happened; throws a `DriverError` when the GPU faulted. */
export async function waitForEvent(driver: Driver, event: bigint): Promise<void> {
  const started = performance.now();
  for (;;) {
    const code = driver.raw.cuEventQuery(event);
    if (code === result.success) return;
    if (code !== result.notReady) throw driver.error(code, 'cuEventQuery');
    if (performance.now() - started < spinMs) await new Promise(setImmediate);
    else await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
