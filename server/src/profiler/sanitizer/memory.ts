/** What an address is to the user: an element of a buffer by its name, or a distance from an allocation. Pure. */
import * as l10n from '@vscode/l10n';
import type { NearestAllocation } from './record';

/** A buffer of the plan where it lay in the device's memory. */
export interface NamedRange {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: number;
  readonly elementBytes: number;
}

/** An address this far behind a buffer, or twice the buffer's size, has nothing to do with it. */
const nearBytes = 2n ** 20n;

/** `data[1000], but data has 1,000 elements`; undefined where nothing is known of the surroundings. */
export function describeAddress(
  address: bigint,
  ranges: readonly NamedRange[],
  nearest: NearestAllocation | undefined,
): string | undefined {
  if (address === 0n) return l10n.t('a null pointer');
  if (address < 4096n) return l10n.t('a null pointer plus {0}', byteCount(address));
  const near = bufferNear(address, ranges);
  if (near !== undefined) {
    const offset = address - near.address;
    const size = BigInt(near.elementBytes);
    // An index that is not whole is no index of the program's.
    const place =
      offset % size === 0n ? `${near.name}[${offset / size}]` : l10n.t('byte {0} of {1}', grouped(offset), near.name);
    if (offset >= 0n && offset < BigInt(near.bytes)) return place;
    return l10n.t('{0}, but {1} has {2} elements', place, near.name, grouped(near.bytes / near.elementBytes));
  }
  if (ranges.length > 0) return l10n.t('far from every buffer');
  if (nearest === undefined) return undefined;
  const { offset, bytes } = nearest;
  const size = byteCount(bytes);
  const far = l10n.t('far from every allocation');
  if (offset < 0n) {
    return offset < -nearBytes ? far : l10n.t('{0} before an allocation of {1}', byteCount(-offset), size);
  }
  const past = offset - BigInt(bytes);
  if (past < 0n) return l10n.t('inside an allocation of {0}', size);
  if (past > nearBytes) return far;
  return past === 0n
    ? l10n.t('right behind an allocation of {0}', size)
    : l10n.t('{0} behind an allocation of {1}', byteCount(past), size);
}

/** Overruns are far more common than addresses before a buffer: the buffer in front of an address comes first. */
function bufferNear(address: bigint, ranges: readonly NamedRange[]): NamedRange | undefined {
  const sorted = [...ranges].sort((a, b) => (a.address < b.address ? -1 : 1));
  const before = sorted.filter((range) => range.address <= address).at(-1);
  if (before !== undefined) {
    const size = BigInt(before.bytes);
    if (address - before.address - size < (2n * size > nearBytes ? 2n * size : nearBytes)) return before;
  }
  const after = sorted.find((range) => range.address > address);
  return after !== undefined && after.address - address < nearBytes ? after : undefined;
}

export function byteCount(bytes: number | bigint): string {
  return Number(bytes) === 1 ? l10n.t('1 byte') : l10n.t('{0} bytes', grouped(bytes));
}

export function grouped(value: number | bigint): string {
  return value.toLocaleString('en-US');
}
