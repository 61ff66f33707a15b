/** What an address is to the user: an element of a buffer by its name, or a distance from an allocation. Pure. */
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
  if (address < 4096n) return address === 0n ? 'a null pointer' : `a null pointer plus ${address} bytes`;
  const near = bufferNear(address, ranges);
  if (near !== undefined) {
    const offset = address - near.address;
    const size = BigInt(near.elementBytes);
    // An index that is not whole is no index of the program's.
    const place = offset % size === 0n ? `${near.name}[${offset / size}]` : `byte ${grouped(offset)} of ${near.name}`;
    if (offset >= 0n && offset < BigInt(near.bytes)) return place;
    return `${place}, but ${near.name} has ${grouped(near.bytes / near.elementBytes)} elements`;
  }
  if (ranges.length > 0) return 'far from every buffer';
  if (nearest === undefined) return undefined;
  const { offset, bytes } = nearest;
  const allocation = `an allocation of ${grouped(bytes)} bytes`;
  if (offset < 0n)
    return offset < -nearBytes ? 'far from every allocation' : `${distance(-offset)} before ${allocation}`;
  const past = offset - BigInt(bytes);
  if (past < 0n) return `inside ${allocation}`;
  if (past > nearBytes) return 'far from every allocation';
  return past === 0n ? `right behind ${allocation}` : `${distance(past)} behind ${allocation}`;
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

function distance(bytes: bigint): string {
  return `${grouped(bytes)} byte${bytes === 1n ? '' : 's'}`;
}

export function grouped(value: number | bigint): string {
  return value.toLocaleString('en-US');
}
