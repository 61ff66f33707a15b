/** Numbers as people read them, the same in the editor and in the terminal: three significant digits, SI units. Pure. */
import type { Dim3 } from './plan';

function threeDigits(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}

/** Microseconds as `297 µs`, `1.21 ms`, `2.40 s`. */
export function duration(microseconds: number): string {
  // The limit is where three digits would round up into the next unit.
  if (microseconds < 999.5) return `${threeDigits(microseconds)} µs`;
  if (microseconds < 999_500) return `${threeDigits(microseconds / 1e3)} ms`;
  return `${threeDigits(microseconds / 1e6)} s`;
}

/** Bytes per second as `2.71 TB/s`, decimal units as GPU data sheets use them. */
export function bandwidth(bytesPerSecond: number): string {
  if (bytesPerSecond < 999.5e6) return `${threeDigits(bytesPerSecond / 1e6)} MB/s`;
  if (bytesPerSecond < 999.5e9) return `${threeDigits(bytesPerSecond / 1e9)} GB/s`;
  return `${threeDigits(bytesPerSecond / 1e12)} TB/s`;
}

/** Operations per second as `12.4 TFLOP/s`. */
export function flopRate(flopsPerSecond: number): string {
  if (flopsPerSecond < 999.5e9) return `${threeDigits(flopsPerSecond / 1e9)} GFLOP/s`;
  return `${threeDigits(flopsPerSecond / 1e12)} TFLOP/s`;
}

export function percent(ratio: number): string {
  const value = ratio * 100;
  if (value > 0 && value < 0.1) return `${value < 0.001 ? value.toExponential(0) : Number(value.toPrecision(1))} %`;
  return `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** `4 × 1 × 1` without the trailing ones: `4`, `16 × 16`. */
export function dimensions([x, y, z]: Dim3): string {
  if (z !== 1) return `${x} × ${y} × ${z}`;
  return y === 1 ? `${x}` : `${x} × ${y}`;
}

/** The block of `4 × 256` or `(4 × 2) × (32 × 8)`: dimensions in parentheses where there are several. */
export function blockText(block: Dim3): string {
  const text = dimensions(block);
  return text.includes(' ') ? `(${text})` : text;
}

/** Bytes as `4.00 KiB`, binary units as memory sizes are spoken of. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${units[unit]}`;
}
