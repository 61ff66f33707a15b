/** What the timeline draws from blocks of records is what it would draw record by record, and what is clicked is found. */
import { describe, expect, test } from 'vitest';
import {
  leveled,
  paint,
  recordAt,
  type LeveledLane,
  type Times,
  type Window,
} from '../../../client/src/webviews/timeline/levels';
import { timeOrder } from '../../../server/src/runner/trace/columns';

/** Repeatable numbers. */
function randoms(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

const slots = 3;

function lane(count: number, seed: number, overlap = false): { lane: LeveledLane; times: Times; end: number } {
  const random = randoms(seed);
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  let clock = random(1000);
  for (let index = 0; index < count; index++) {
    // Bursts of short records, a few long ones, pauses, and faults that take no time.
    const length = random(50) === 0 ? random(500_000) : random(7) === 0 ? 0 : random(40);
    start[index] = clock;
    end[index] = clock + length;
    clock += overlap ? random(30) : length + (random(300) === 0 ? random(2_000_000) : random(20));
  }
  const events = Int32Array.from(start, (_, index) => index);
  const times = { start, end };
  return {
    lane: leveled(
      events,
      times,
      slots,
      Uint8Array.from(start, (_, index) => index % slots),
    ),
    times,
    end: clock,
  };
}

interface Picture {
  readonly pixels: Map<number, number[]>;
  readonly boxes: number[];
}

function painted(lane: LeveledLane, times: Times, window: Window): Picture {
  const picture: Picture = { pixels: new Map(), boxes: [] };
  paint(lane, times, window, {
    pixel: (x, sums) => {
      const known = picture.pixels.get(x) ?? [0, 0, 0];
      picture.pixels.set(
        x,
        known.map((sum, slot) => sum + (sums[slot] ?? 0)),
      );
    },
    box: (event) => picture.boxes.push(event),
  });
  return picture;
}

/** The rule, said once more without blocks. */
function oneByOne({ events, slotOf }: LeveledLane, { start, end }: Times, { from, length, width }: Window): Picture {
  const picture: Picture = { pixels: new Map(), boxes: [] };
  for (const event of events) {
    const [begin, finish] = [start[event] ?? 0, end[event] ?? 0];
    if (finish < from || begin > from + length) continue;
    if ((finish - begin) / (length / width) >= 1.5) {
      picture.boxes.push(event);
      continue;
    }
    const x = Math.max(0, Math.floor((begin - from) / (length / width)));
    const sums = picture.pixels.get(x) ?? [0, 0, 0];
    const slot = slotOf[event] ?? 0;
    sums[slot] = (sums[slot] ?? 0) + Math.max(1, finish - begin);
    picture.pixels.set(x, sums);
  }
  return picture;
}

describe('a lane in blocks', () => {
  test.each([0, 1, 15, 16, 17, 300, 5000])('of %i records is drawn as one by one, at every zoom', (count) => {
    for (const overlap of [false, true]) {
      const { lane: own, times, end } = lane(count, 7 + count, overlap);
      const random = randoms(3);
      for (let round = 0; round < 60; round++) {
        const length = Math.max(10, (end * 1.2) / 2 ** random(24));
        const from = random(Math.ceil(end * 1.1)) - length / 2;
        const window = { from, length, width: 100 + random(1500) };
        expect(painted(own, times, window)).toEqual(oneByOne(own, times, window));
      }
    }
  });

  test('of many records costs as much as there are pixels', () => {
    const { lane: own, times, end } = lane(200_000, 5);
    const [whole] = own.levels.slice(-1);
    expect(whole?.start.length).toBeLessThanOrEqual(16);
    let calls = 0;
    const count = { pixel: () => calls++, box: () => calls++ };
    paint(own, times, { from: 0, length: end, width: 1000 }, count);
    expect(calls).toBeLessThan(5000);
  });

  test('finds what is under the mouse, or near it', () => {
    for (const overlap of [false, true]) {
      const { lane: own, times, end } = lane(3000, 11, overlap);
      const random = randoms(5);
      for (let round = 0; round < 300; round++) {
        const moment = random(Math.ceil(end));
        const slack = random(100);
        const far = (event: number) =>
          Math.max((times.start[event] ?? 0) - moment, moment - (times.end[event] ?? 0), 0);
        const least = own.events.reduce((best, event) => Math.min(best, far(event)), Infinity);
        const found = recordAt(own, times, moment, slack);
        if (least > slack) expect(found).toBeUndefined();
        else {
          // Of those that are equally near the last: it is drawn over the others.
          expect(found).toBe(own.events.findLast((event) => far(event) === least));
        }
      }
    }
  });
});

test('times are put in order, equal ones in theirs', () => {
  const random = randoms(9);
  for (const most of [1, 5, 70_000, 2 ** 40]) {
    const times = Float64Array.from({ length: 2000 }, () => Math.floor((random(1e6) / 1e6) * most));
    const expected = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
    expect([...timeOrder(times)]).toEqual(expected);
  }
  expect([...timeOrder(new Float64Array(0))]).toEqual([]);
});
