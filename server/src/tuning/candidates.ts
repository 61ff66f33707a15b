/** Block sizes worth trying. Pure. */

const line = [32, 64, 96, 128, 192, 256, 384, 512, 768, 1024] as const;
const squares = [4, 8, 16, 32] as const;
const cubes = [2, 4, 8] as const;
/** x is the axis along which neighbours read neighbouring memory: half a warp at least. */
const planes: readonly (readonly [number, number])[] = [
  [16, 8],
  [16, 16],
  [16, 32],
  [32, 1],
  [32, 2],
  [32, 4],
  [32, 8],
  [32, 16],
  [32, 32],
  [64, 1],
  [64, 2],
  [64, 4],
  [64, 8],
  [64, 16],
  [128, 1],
  [128, 2],
  [128, 4],
  [128, 8],
  [256, 1],
  [256, 2],
  [256, 4],
];
const boxes: readonly (readonly [number, number, number])[] = [
  [8, 8, 4],
  [8, 8, 8],
  [16, 4, 4],
  [16, 8, 4],
  [16, 8, 8],
  [32, 2, 2],
  [32, 4, 1],
  [32, 4, 2],
  [32, 4, 4],
  [32, 8, 1],
  [32, 8, 4],
  [64, 2, 2],
  [64, 4, 1],
  [64, 4, 4],
  [128, 2, 1],
  [128, 4, 2],
];

/** The axes that each knob turns, and whether blocks that are no power of two make sense for the kernel. */
export interface Turning {
  readonly knobs: readonly { readonly axes: readonly number[] }[];
  readonly powersOnly: boolean;
}

/** Values for the knobs, a row for each configuration. */
export function blockCandidates({ knobs, powersOnly }: Turning): number[][] {
  const axes = knobs.flatMap((knob) => knob.axes);
  const isPower = (value: number) => (value & (value - 1)) === 0;
  const [first] = knobs;
  if (!first) return [];
  if (knobs.length === 1) {
    const list = axes.length === 1 ? line : axes.length === 2 ? squares : cubes;
    return list.filter((value) => !powersOnly || isPower(value)).map((value) => [value]);
  }
  const shapes: readonly (readonly number[])[] = Math.max(...axes) >= 2 ? boxes : planes;
  const rows = shapes.flatMap((shape) => {
    const values = knobs.map((knob) => [...new Set(knob.axes.map((axis) => shape[axis] ?? 1))]);
    return values.every((options) => options.length === 1) ? [values.flat()] : [];
  });
  return rows.filter((row, index) => rows.findIndex((other) => other.join() === row.join()) === index);
}
