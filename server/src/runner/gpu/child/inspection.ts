/** Looks at what a kernel did to its memory: guard zones, inputs, values that are no numbers. */
import * as l10n from '@vscode/l10n';
import { scalarBytes, type Finding, type ScalarType } from '../../../../../protocol/src';
import { inputChanged, notFinite, outOfBounds } from '../../check/findings';
import { scalarsOf } from '../../planned-memory';
import { fillPattern, fillsFinite, randomPeriod } from '../../scalars';
import type { Driver } from './driver';
import { launchHelper, type Helpers } from './helpers';
import type { DeviceBuffer, DeviceMemory } from './memory';

/** Bits of the exponent and of the mantissa. */
const masks: Partial<Readonly<Record<ScalarType, readonly [bigint, bigint]>>> = {
  f16: [0x7c00n, 0x3ffn],
  bf16: [0x7f80n, 0x7fn],
  f32: [0x7f800000n, 0x7fffffn],
  f64: [0x7ff0000000000000n, 0xfffffffffffffn],
};

/** The guard zones hold NaN. */
const guardHint = () => l10n.t('A read outside of a buffer gives NaN here, too.');

const threads = 256;
const mostBlocks = 1024;

export class Inspection {
  /** Sums of the inputs before the first launch. */
  readonly #sums = new Map<DeviceBuffer, bigint>();
  readonly #findings: Finding[] = [];
  readonly #damaged = new Set<DeviceBuffer>();
  readonly #out: bigint;

  /** Takes the sums of the inputs, which must be filled. */
  constructor(
    private readonly driver: Driver,
    private readonly stream: bigint,
    /** Without a compiler for PTX, only the guard zones are looked at. */
    private readonly helpers: Helpers | undefined,
    private readonly memory: DeviceMemory,
  ) {
    this.#out = memory.allocate(24);
    for (const buffer of this.#inputs()) this.#sums.set(buffer, this.#sum(buffer));
  }

  /** The device must be idle, and nothing restored yet. */
  afterFirstLaunch(): void {
    this.#lookAtGuards();
    for (const buffer of this.#inputs()) {
      if (this.#sum(buffer) === this.#sums.get(buffer)) continue;
      const index = this.#firstChange(buffer);
      if (index !== undefined) this.#findings.push(inputChanged(buffer.planned, index));
    }
    if (!this.memory.buffers.every(({ planned, number }) => fillsFinite(planned, number))) return;
    for (const buffer of this.memory.buffers) this.#countNotFinite(buffer);
  }

  /** Everything found, now that the last launch has ended. */
  findings(): readonly Finding[] {
    this.#lookAtGuards();
    return this.#findings;
  }

  /** What the kernel must not write; constant memory cannot be written at all. */
  #inputs(): DeviceBuffer[] {
    if (this.helpers === undefined) return [];
    return this.memory.buffers.filter(({ planned }) => !planned.written && planned.place.kind !== 'global');
  }

  #lookAtGuards(): void {
    const damage = this.memory.damage().filter(({ buffer }) => !this.#damaged.has(buffer));
    for (const { buffer, side, byte, bytes } of damage) {
      this.#damaged.add(buffer);
      this.#findings.push(outOfBounds(buffer.planned, side, byte, bytes));
    }
  }

  /** Reads up to three bytes of the guard zone where the size is no multiple of four. */
  #sum({ address, bytes, guarded }: DeviceBuffer): bigint {
    const words = guarded ? Math.ceil(bytes / 4) : Math.floor(bytes / 4);
    this.#run(this.helpers?.hash, words, [address, BigInt(words)], [0n]);
    return this.#read(1)[0] ?? 0n;
  }

  #countNotFinite({ planned, address }: DeviceBuffer): void {
    const { scalar } = planned.element;
    const [exponent, mantissa] = masks[scalar] ?? [];
    if (this.helpers === undefined || !planned.written || exponent === undefined || mantissa === undefined) return;
    const count = scalarsOf(planned);
    const values = [address, BigInt(count), BigInt(scalarBytes[scalar]), exponent, mantissa];
    this.#run(this.helpers.notFinite, count, values, [0n, 0n, 2n ** 64n - 1n]);
    const [nan = 0n, infinite = 0n, first = 0n] = this.#read(3);
    if (nan + infinite === 0n) return;
    this.#findings.push(notFinite(planned, Number(nan), Number(infinite), Number(first), guardHint()));
  }

  #run(kernel: bigint | undefined, items: number, values: readonly bigint[], out: readonly bigint[]): void {
    if (kernel === undefined) return;
    const initial = new BigUint64Array(out);
    this.driver.call('cuMemcpyHtoD', this.#out, new Uint8Array(initial.buffer), initial.byteLength);
    const blocks = Math.max(1, Math.min(mostBlocks, Math.ceil(items / threads)));
    launchHelper(this.driver, kernel, blocks, threads, this.stream, [...values, this.#out]);
    this.driver.call('cuCtxSynchronize');
  }

  #read(count: number): bigint[] {
    const values = new BigUint64Array(count);
    this.driver.call('cuMemcpyDtoH', new Uint8Array(values.buffer), this.#out, values.byteLength);
    return [...values];
  }

  /** Index of the first scalar that is not as it was filled. */
  #firstChange({ planned, address, number }: DeviceBuffer): number | undefined {
    const { element, fill } = planned;
    const width = scalarBytes[element.scalar];
    const scalars = scalarsOf(planned);
    const repeats = fill.kind !== 'ramp';
    let expected: Uint8Array = new Uint8Array();
    for (let start = 0; start < scalars; start += randomPeriod) {
      const count = Math.min(randomPeriod, scalars - start);
      if (!repeats || start === 0) expected = fillPattern(element.scalar, fill, start, count, number);
      const now = new Uint8Array(count * width);
      this.driver.call('cuMemcpyDtoH', now, address + BigInt(start * width), now.byteLength);
      const byte = now.findIndex((value, index) => value !== expected[index]);
      if (byte >= 0) return start + Math.floor(byte / width);
    }
    return undefined;
  }
}
