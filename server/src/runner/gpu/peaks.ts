/** What a device can do at most, by its own attributes and NVIDIA's tables. Pure. */

/**
 * FP32 results per clock of one multiprocessor, outside tensor cores (CUDA C++ Programming Guide, "Throughput of Native
 * Arithmetic Instructions"), by compute capability; what is newer than the table is not guessed.
 */
const lanes: Readonly<Record<string, number>> = {
  '5.0': 128,
  '5.2': 128,
  '5.3': 128,
  '6.0': 64,
  '6.1': 128,
  '6.2': 128,
  '7.0': 64,
  '7.2': 64,
  '7.5': 64,
  '8.0': 64,
  '8.6': 128,
  '8.7': 128,
  '8.9': 128,
  '9.0': 128,
  '10.0': 128,
  '10.3': 128,
  '11.0': 128,
  '12.0': 128,
  '12.1': 128,
};

/** FP32 operations per second at the highest clock (MHz), a fused multiply-add counted as two. */
export function peakFlops(computeCapability: string, multiprocessors: number, maxClock: number): number | undefined {
  const perClock = lanes[computeCapability];
  return perClock === undefined || maxClock <= 0 ? undefined : 2 * perClock * multiprocessors * maxClock * 1e6;
}
