/** What a traced program shows at its lines. */
import { describe, expect, test } from 'vitest';
import type { ProgramTrace, TraceTotal } from '../../../protocol/src';
import { textOf } from '../../../server/src/handlers/program-marks';

const frames = [{ file: '/project/main.cu', line: 7 }];

function total(kind: TraceTotal['kind'], name: string, count: number, time: number, more: object = {}): TraceTotal {
  return { kind, name, frames, count, total: time, min: time / count, max: time / count, ...more };
}

const trace: ProgramTrace = {
  file: '',
  totals: [],
  gpuTime: 10_000,
  span: 20_000,
  busy: 9000,
  events: 100,
  summedOnly: 0,
  lost: 0,
};
const mark = (...totals: TraceTotal[]) => textOf(totals, trace);
const copied = { bytes: 2 ** 20, from: 'pageable', to: 'device' };

describe('the mark of a line', () => {
  test('tells count, total, mean and share of launches', () => {
    expect(mark(total('kernel', 'add', 1000, 5000))).toBe('×1,000 · 5.00 ms total · 5.00 µs mean · 50 % of GPU time');
    expect(mark(total('kernel', 'add', 1, 100))).toBe('100 µs · 1.0 % of GPU time');
  });

  test('tells bytes and bandwidth of copies, and the wait of a synchronization', () => {
    const copy = total('copy', 'hostToDevice', 2, 200, copied);
    expect(mark(copy, total('call', 'cudaMemcpy', 2, 300))).toBe(
      '×2 · 1.00 MiB · 5.24 GB/s · 200 µs · host → device, pageable',
    );
    expect(mark(total('call', 'cudaDeviceSynchronize', 3, 900))).toBe('×3 · host waited 900 µs');
  });

  test('tells that a copy waited for earlier work', () => {
    const copy = total('copy', 'deviceToHost', 1, 200, copied);
    expect(mark(copy, total('call', 'cudaMemcpy', 1, 6000))).toMatch(/device → host, pageable · host waited 6\.00 ms$/);
    // What is short against the whole program is not worth a word.
    const short = total('copy', 'deviceToHost', 1, 100, copied);
    expect(mark(short, total('call', 'cudaMemcpy', 1, 390))).not.toContain('waited');
    expect(mark(copy, total('call', 'cudaMalloc', 1, 6000))).not.toContain('waited');
  });

  test('tells managed memory where it was allocated, accessed, and waited for', () => {
    const kernel = total('kernel', 'add', 1, 5000, { migrated: 64 * 2 ** 20, faults: 12 });
    expect(mark(kernel)).toBe('5.00 ms · 50 % of GPU time · 64.0 MiB of managed memory moved meanwhile');
    expect(
      mark(
        total('call', 'cudaMallocManaged', 1, 50),
        total('migration', 'hostToDevice', 30, 100, { bytes: 2 ** 26 }),
        total('migration', 'deviceToHost', 3, 100, { bytes: 2 ** 20 }),
        total('fault', 'gpuFault', 1234, 100),
      ),
    ).toBe('64.0 MiB host → device · 1.00 MiB device → host · 1,234 page faults on the GPU');
    expect(mark(total('fault', 'cpuFault', 192, 0))).toBe('192 page faults on the host');
  });

  test('is left out where the host did little', () => {
    expect(mark(total('call', 'cudaMalloc', 1, 300))).toBeUndefined();
    expect(mark(total('call', 'cudaMalloc', 1, 3000))).toBe('3.00 ms on the host');
  });
});
