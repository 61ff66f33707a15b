/** Numbers as people read them. Pure. */
import type { Dim3 } from '../../../protocol/src';

/** `vscode.l10n`, or a stand-in where there is no VS Code. */
export interface Localizer {
  t(message: string, ...args: (string | number | boolean)[]): string;
}

/** Three significant digits, no exponent, no trailing zeros after the point: 297, 4.03, 0.126. */
export function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return digits === 0 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toFixed(Math.min(digits, 6))));
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function microseconds(value: number): string {
  if (value < 1000) return `${significant(value)} µs`;
  if (value < 1e6) return `${significant(value / 1000)} ms`;
  return `${significant(value / 1e6)} s`;
}

export function milliseconds(value: number): string {
  return microseconds(value * 1000);
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let scaled = value;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${significant(scaled)} ${units[unit] ?? 'B'}`;
}

export function bytesPerSecond(value: number): string {
  if (value >= 1e12) return `${significant(value / 1e12)} TB/s`;
  if (value >= 1e9) return `${significant(value / 1e9)} GB/s`;
  return `${significant(value / 1e6)} MB/s`;
}

export function percent(ratio: number): string {
  return `${significant(ratio * 100)} %`;
}

/** Axes from the right are left out while they are 1: `4`, `16 × 16`. */
export function dim3([x, y, z]: Dim3): string {
  if (z !== 1) return `${x} × ${y} × ${z}`;
  return y !== 1 ? `${x} × ${y}` : `${x}`;
}

/** Text in a markdown table's cell or paragraph, shown as it is. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#~$]/g, (character) => `\\${character}`).replace(/\s*\n\s*/g, ' ');
}

/** Inline code in a markdown table's cell: a bar would end the cell, even within backquotes. */
export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')}${fence}`;
}
