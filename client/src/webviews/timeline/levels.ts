/**
 * A lane at every zoom: its records in blocks of blocks, each with what it holds in all. What lies within one pixel is drawn
 * from the largest blocks that lie within it, so that a picture costs about the same for a thousand records and a million,
 * and is the picture that its records one by one would give. Pure.
 */

/** Records, or blocks, in a block. */
const fanOut = 16;

/** One level of blocks; the first level's blocks are of records. */
interface Level {
  readonly start: Float64Array;
  /** When all of its records have ended. */
  readonly end: Float64Array;
  /** Time of each slot, block after block. */
  readonly times: Float64Array;
}

export interface LeveledLane {
  /** Indices of records, in the order of their start. */
  readonly events: Int32Array;
  readonly levels: readonly Level[];
  readonly slots: number;
  /** Which of the slots each record counts in: how it looks, and whether it is searched for. */
  readonly slotOf: Uint8Array;
}

export interface Times {
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** No record is too short to count. */
const timeOf = ({ start, end }: Times, event: number) => Math.max(1, (end[event] ?? 0) - (start[event] ?? 0));

export function leveled(events: Int32Array, times: Times, slots: number, slotOf: Uint8Array): LeveledLane {
  const levels: Level[] = [];
  if (events.length > fanOut) {
    levels.push(firstLevel(events, times, slots, slotOf));
    for (let last = levels[0]; last !== undefined && last.start.length > fanOut; last = levels.at(-1)) {
      levels.push(nextLevel(last, slots));
    }
  }
  return { events, levels, slots, slotOf };
}

function emptyLevel(length: number, slots: number): Level {
  return {
    start: new Float64Array(length),
    end: new Float64Array(length),
    times: new Float64Array(length * slots),
  };
}

function firstLevel(events: Int32Array, times: Times, slots: number, slotOf: Uint8Array): Level {
  const level = emptyLevel(Math.ceil(events.length / fanOut), slots);
  for (let block = 0, position = 0; block < level.start.length; block++) {
    const last = Math.min(events.length, position + fanOut);
    level.start[block] = times.start[events[position] ?? 0] ?? 0;
    let end = 0;
    for (; position < last; position++) {
      const event = events[position] ?? 0;
      end = Math.max(end, times.end[event] ?? 0);
      const slot = block * slots + (slotOf[event] ?? 0);
      level.times[slot] = (level.times[slot] ?? 0) + timeOf(times, event);
    }
    level.end[block] = end;
  }
  return level;
}

function nextLevel(below: Level, slots: number): Level {
  const level = emptyLevel(Math.ceil(below.start.length / fanOut), slots);
  for (let child = 0; child < below.start.length; child++) {
    const block = Math.floor(child / fanOut);
    if (child % fanOut === 0) level.start[block] = below.start[child] ?? 0;
    level.end[block] = Math.max(level.end[block] ?? 0, below.end[child] ?? 0);
    for (let slot = 0; slot < slots; slot++) {
      const at = block * slots + slot;
      level.times[at] = (level.times[at] ?? 0) + (below.times[child * slots + slot] ?? 0);
    }
  }
  return level;
}

export interface Window {
  /** Time at the left edge. */
  readonly from: number;
  /** Time shown in all. */
  readonly length: number;
  /** Pixels. */
  readonly width: number;
}

export interface Painter {
  /** A pixel that short records fill: the time of each slot in it. The array is used again for the next pixel. */
  pixel(x: number, times: Float64Array): void;
  /** A record that is wide enough to be a box. */
  box(event: number): void;
}

/** Narrower records share pixels. */
const boxPixels = 1.5;

/** Visits what a window shows of a lane, from left to right. */
export function paint(lane: LeveledLane, times: Times, window: Window, painter: Painter): void {
  new Walk(lane, times, window, painter).run();
}

class Walk {
  readonly #perPixel: number;
  readonly #until: number;
  readonly #inPixel: Float64Array;
  #pixel = -1;

  constructor(
    private readonly lane: LeveledLane,
    private readonly times: Times,
    private readonly window: Window,
    private readonly painter: Painter,
  ) {
    this.#perPixel = window.length / window.width;
    this.#until = window.from + window.length;
    this.#inPixel = new Float64Array(lane.slots);
  }

  run(): void {
    const { levels, events } = this.lane;
    const top = levels.at(-1);
    if (top === undefined) this.#records(0, events.length);
    else this.#blocks(levels.length - 1, 0, top.start.length);
    this.#flush();
  }

  /** The pixel in which a time lies; what began before the window is in the first. */
  #pixelOf(time: number): number {
    return Math.max(0, Math.floor((time - this.window.from) / this.#perPixel));
  }

  #blocks(number: number, from: number, to: number): void {
    const level = this.lane.levels[number];
    if (level === undefined) return;
    for (let block = from; block < to; block++) {
      const start = level.start[block] ?? 0;
      if (start > this.#until) return;
      const end = level.end[block] ?? 0;
      if (end < this.window.from) continue;
      const pixel = this.#pixelOf(start);
      // In one pixel: then so is each of its records, and none is wide.
      if (pixel === this.#pixelOf(end) && start >= this.window.from) this.#addBlock(level, block, pixel);
      else if (number > 0) this.#children(number - 1, block);
      else this.#records(block * fanOut, Math.min(this.lane.events.length, (block + 1) * fanOut));
    }
  }

  #children(number: number, block: number): void {
    const length = this.lane.levels[number]?.start.length ?? 0;
    this.#blocks(number, block * fanOut, Math.min(length, (block + 1) * fanOut));
  }

  #addBlock(level: Level, block: number, pixel: number): void {
    this.#goTo(pixel);
    for (let slot = 0; slot < this.lane.slots; slot++) {
      this.#inPixel[slot] = (this.#inPixel[slot] ?? 0) + (level.times[block * this.lane.slots + slot] ?? 0);
    }
  }

  #records(from: number, to: number): void {
    for (let position = from; position < to; position++) {
      const event = this.lane.events[position] ?? 0;
      const start = this.times.start[event] ?? 0;
      if (start > this.#until) return;
      const end = this.times.end[event] ?? 0;
      if (end < this.window.from) continue;
      if ((end - start) / this.#perPixel < boxPixels) this.#addRecord(event, start);
      else {
        this.#flush();
        this.painter.box(event);
      }
    }
  }

  #addRecord(event: number, start: number): void {
    this.#goTo(this.#pixelOf(start));
    const slot = this.lane.slotOf[event] ?? 0;
    this.#inPixel[slot] = (this.#inPixel[slot] ?? 0) + timeOf(this.times, event);
  }

  #goTo(pixel: number): void {
    if (pixel === this.#pixel) return;
    this.#flush();
    this.#pixel = pixel;
  }

  #flush(): void {
    if (this.#pixel < 0) return;
    this.painter.pixel(this.#pixel, this.#inPixel);
    this.#inPixel.fill(0);
    this.#pixel = -1;
  }
}

/** The record at a moment, or the nearest one no farther than `slack`; of several the one that began last. */
export function recordAt(lane: LeveledLane, times: Times, moment: number, slack: number): number | undefined {
  let best: number | undefined;
  let nearest = slack;
  const distance = (start: number, end: number) => Math.max(start - moment, moment - end, 0);
  const records = (from: number, to: number) => {
    for (let position = from; position < to; position++) {
      const event = lane.events[position] ?? 0;
      const far = distance(times.start[event] ?? 0, times.end[event] ?? 0);
      if (far <= nearest) [best, nearest] = [event, far];
    }
  };
  const blocks = (number: number, from: number, to: number) => {
    const level = lane.levels[number];
    if (level === undefined) return records(from, to);
    for (let block = from; block < Math.min(to, level.start.length); block++) {
      if (distance(level.start[block] ?? 0, level.end[block] ?? 0) > nearest) continue;
      const last = number === 0 ? Math.min(lane.events.length, (block + 1) * fanOut) : (block + 1) * fanOut;
      blocks(number - 1, block * fanOut, last);
    }
  };
  const top = lane.levels.length - 1;
  blocks(top, 0, lane.levels[top]?.start.length ?? lane.events.length);
  return best;
}
