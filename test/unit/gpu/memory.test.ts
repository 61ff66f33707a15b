/** Memory of a run on a driver that says what it is told to: without a GPU. */
import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/src/runner/gpu/child/driver';
import { DeviceMemory } from '../../../server/src/runner/gpu/child/memory';
import type { PlannedMemory } from '../../../server/src/runner/planned-memory';

const gapBytes = 32 * 2 ** 20;

/** `room`: how many gaps it has room for. */
function driver(room: number) {
  const freed: bigint[] = [];
  let next = 0x1000n;
  let gaps = 0;
  const cuMemAlloc = (out: Buffer, bytes: number) => {
    if (bytes === gapBytes && gaps++ >= room) return 2;
    out.writeBigUInt64LE((next += 0x1000n));
    return 0;
  };
  const raw = { cuMemAlloc, cuMemFree: (address: bigint) => freed.push(address) && 0 };
  const handle = (name: string, ...rest: unknown[]) => {
    if (name === 'cuMemGetInfo') return 2n ** 40n;
    const out = Buffer.alloc(8);
    const code = cuMemAlloc(out, rest[0] as number);
    if (code !== 0) throw new Error(`CUDA error ${code}`);
    return out.readBigUInt64LE();
  };
  return { freed, driver: { raw, handle, call: () => undefined } as unknown as Driver };
}

const planned = (name: string): PlannedMemory => ({
  name,
  element: { scalar: 'f32', components: 1 } as unknown as PlannedMemory['element'],
  count: 16,
  bytes: 64,
  fill: { kind: 'constant', value: 0 },
  access: 'read',
  constant: false,
  written: false,
  place: { kind: 'argument' } as unknown as PlannedMemory['place'],
});

describe('gaps between buffers, for a memory checker', () => {
  for (const room of [2, 1, 0]) {
    it(`are a nicety: room for ${room} of 2`, () => {
      const { driver: standIn, freed } = driver(room);
      const memory = new DeviceMemory(standIn, 0n, false);
      memory.createBuffers([planned('a'), planned('b')], new Map());
      expect(memory.buffers.map(({ planned: { name } }) => name)).toEqual(['a', 'b']);
      // Given back before the launch.
      expect(freed).toHaveLength(room);
      expect(memory.buffers.map(({ address }) => address).filter((address) => freed.includes(address))).toEqual([]);
    });
  }
});
