/** Block, grid and shared memory of a kernel that no launch describes. Pure. */
import * as l10n from '@vscode/l10n';
import type { Dim3 } from '../../../../protocol/src';
import type { Kernel, SharedVariable } from '../../analysis/model/types';
import type { KernelBody, Values } from './body';
import { elementOf } from './elements';
import { isPoint, point, type Interval } from './interval';

export interface Shaped<T> {
  readonly value: T;
  readonly why: string;
}

const mostThreads = 1024;
const gridLimitYZ = 65535;
/** Bytes a block can have on the GPUs that have most (compute capability 9.0). */
const mostShared = 227 * 1024;

/** Axes of the launch that the kernel tells apart. */
export function axesOf(kernel: Kernel): string {
  return ['x', 'y', 'z'].filter((axis) => kernel.threadAxes.includes(axis) || kernel.blockAxes.includes(axis)).join('');
}

export function defaultBlock(
  kernel: Kernel,
  body: KernelBody,
  constant: (name: string) => number | undefined,
): Shaped<Dim3> & { readonly side?: number } {
  const threads = kernel.threadAxes;
  const bound = kernel.maxThreads?.value.known === true ? Number(kernel.maxThreads.value.value) : mostThreads;
  if (threads === '') return { value: [1, 1, 1], why: l10n.t('the kernel does not use threadIdx') };
  const tile = tileOf(kernel, (text) => constant(text));
  if (threads.includes('z'))
    return { value: fit([8, 8, 8], bound), why: l10n.t('a common block for three dimensions') };
  if (threads.includes('y')) {
    const rows = namedConstant(body, /^(BLOCK_?ROWS|BLOCK_?(DIM_?|SIZE_?)?Y|THREADS_?Y|BY|B_?ROWS)$/i, constant);
    const columns = namedConstant(
      body,
      /^(TILE_?(DIM|SIZE|WIDTH)?|BLOCK_?(DIM_?|SIZE_?)?X?|BLOCK_?(WIDTH|SIZE)|THREADS_?X|BX|BLOCKSIZE|BS|T)$/i,
      constant,
    );
    if (columns !== undefined && columns * (rows ?? columns) <= bound) {
      return { value: [columns, rows ?? columns, 1], why: l10n.t('the tile that the kernel names') };
    }
    if (tile !== undefined && tile.length === 2) {
      const [y = 16, x = 16] = tile;
      return { value: fit([x, rows ?? y, 1], bound), why: l10n.t('the extents of its shared tile') };
    }
    return { value: fit([16, 16, 1], bound), why: l10n.t('a common block for two dimensions') };
  }
  // A block of one dimension that is a square tile: `threadIdx.x / TILE` and `threadIdx.x % TILE`.
  const divided = /threadIdx\s*\.\s*x\s*\/\s*(\w+)/.exec(body.text)?.[1];
  const side = divided === undefined || !kernel.blockAxes.includes('y') ? undefined : constant(divided);
  if (side !== undefined && side * side <= bound) {
    return { value: [side * side, 1, 1], why: l10n.t('the square tile that the kernel names'), side };
  }
  const [rows, columns, high, wide] = ['BM', 'BN', 'TM', 'TN'].map((name) => constant(name));
  if (rows !== undefined && columns !== undefined && high !== undefined && kernel.blockAxes.includes('y')) {
    const value = (rows * columns) / (high * (wide ?? 1));
    if (Number.isInteger(value) && value >= 1 && value <= bound) {
      const why = l10n.t('one thread for each tile of TM × TN elements in a block of BM × BN');
      return { value: [value, 1, 1], why, ...(rows === columns ? { side: rows } : {}) };
    }
  }
  const named = namedConstant(
    body,
    /^(BLOCK_?(SIZE|DIM)?_?X?|BLOCKSIZE|THREADS(_?PER_?BLOCK)?|N(UM)?_?THREADS|TPB|BS|TB_?SIZE|WG_?SIZE|BLOCK_?THREADS)$/i,
    constant,
  );
  if (named !== undefined && named >= 1 && named <= bound)
    return { value: [named, 1, 1], why: l10n.t('the size that the kernel names') };
  if (kernel.maxThreads?.value.known === true) return { value: [bound, 1, 1], why: l10n.t('its __launch_bounds__') };
  const [extent] = tile ?? [];
  if (tile?.length === 1 && extent !== undefined && extent > 32) {
    const doubled = new RegExp(`\\b2\\s*\\*\\s*(threadIdx|t|tid|thid)\\b`).test(body.text) && extent >= 64;
    const value = powerOfTwoBelow(Math.min(doubled ? extent / 2 : extent, bound));
    return { value: [value, 1, 1], why: l10n.t('the extent of its shared array') };
  }
  return { value: [256, 1, 1], why: l10n.t('a common size') };
}

/** Enough blocks that every index up to the extents is some thread's. */
export function defaultGrid(
  kernel: Kernel,
  body: KernelBody,
  block: Dim3,
  values: Values,
  extent: number,
  side: number | undefined,
): Dim3 {
  const blocksAlong = (axis: 'x' | 'y' | 'z', index: 0 | 1 | 2): number => {
    if (!kernel.blockAxes.includes(axis)) return 1;
    const candidates = body.indicesOfAxis(axis).map(({ definition, limit }) => {
      const at = (number: number) => body.range(definition, firstThread(values, axis, number))?.lo;
      const [first, second] = [at(0), at(1)];
      const step = first !== undefined && second !== undefined && second > first ? second - first : block[index];
      const end = limit === undefined ? undefined : body.range(limit, values);
      // The number of the block itself, with no thread in it: what a block covers shows elsewhere.
      if (end === undefined && side !== undefined) return Math.ceil(extent / side);
      return Math.ceil(Math.max(end?.hi ?? extent, 1) / step);
    });
    const wanted = candidates.length === 0 ? Math.ceil(extent / (side ?? block[index])) : Math.max(...candidates);
    return Math.max(1, axis === 'x' ? wanted : Math.min(wanted, gridLimitYZ));
  };
  return [blocksAlong('x', 0), blocksAlong('y', 1), blocksAlong('z', 2)];
}

/** One element a thread, and a border where the kernel loads one. */
export function defaultShared(
  kernel: Kernel,
  body: KernelBody,
  block: Dim3,
  radius: number | undefined,
  values: Values,
  /** A type with template parameters replaced. */
  typed: (text: string) => string = (text) => text,
): Shaped<number> {
  const dynamic = kernel.shared.filter((variable) => variable.dynamic);
  if (dynamic.length === 0) return { value: 0, why: l10n.t('the kernel declares no dynamic shared memory') };
  const bytes = Math.max(...dynamic.map((variable) => elementBytes(variable, body, typed)));
  const halo =
    radius ?? (/halo|border|\b(tx|ty|threadIdx\.[xy])\s*\+\s*1\b|blockDim\.[xy]\s*\+\s*2\b/i.test(body.text) ? 1 : 0);
  const doubled = /\b2\s*\*\s*(threadIdx\.x|tid|thid|t|blockDim\.x|n)\b/.test(body.text) ? 2 : 1;
  const [x, y, z] = block;
  const reached =
    Math.max(...dynamic.map(({ name }) => body.largestIndex(name, values) ?? body.leastReach(name, values))) + 1;
  const padded = (size: number) => (size > 1 ? size + 2 * halo : size);
  const perThread = padded(x) * padded(y) * z * doubled;
  // In a reduction by halves, `[t + s]` is only reached where t < s.
  const halves = /if\s*\(\s*([\w.]+)\s*<\s*(\w+)\s*\)[^;]*\[\s*\1\s*\+\s*\2\s*\]/.test(body.text);
  if (reached > perThread && !halves && reached * bytes <= mostShared) {
    return { value: reached * bytes, why: l10n.t('as far as the indices into it reach') };
  }
  return {
    value: perThread * bytes,
    why:
      halo > 0
        ? l10n.t('one element a thread and a border')
        : doubled > 1
          ? l10n.t('two elements a thread')
          : l10n.t('one element a thread'),
  };
}

/** `extern __shared__ char s[]` is only a name: what a pointer into it is made to point at tells the size. */
function elementBytes({ name, type }: SharedVariable, body: KernelBody, typed: (text: string) => string): number {
  const own = elementOf(typed(type))?.bytes ?? 16;
  if (own > 1) return own;
  const pointer = new RegExp(`\\b([A-Za-z_]\\w*)\\s*\\*\\s*>?\\s*\\)?\\s*\\(?\\s*&?\\s*${name}\\b`, 'g');
  const sizes = [...body.text.matchAll(pointer)].map(([, pointee = '']) => elementOf(typed(pointee))?.bytes ?? 1);
  return Math.max(own, ...sizes);
}

/** Every value a launch gives to the built-in variables, on top of the parameters. */
export function launchValues(grid: Dim3, block: Dim3, parameters: Values): Values {
  return (name) => {
    const found = /^(threadIdx|blockIdx|blockDim|gridDim)\.([xyz])$/.exec(name);
    if (found === null) return name === 'warpSize' ? point(32) : parameters(name);
    const axis = 'xyz'.indexOf(found[2] ?? 'x') as 0 | 1 | 2;
    switch (found[1]) {
      case 'threadIdx':
        return { lo: 0, hi: block[axis] - 1 };
      case 'blockIdx':
        return { lo: 0, hi: grid[axis] - 1 };
      case 'blockDim':
        return point(block[axis]);
      default:
        return point(grid[axis]);
    }
  };
}

function firstThread(values: Values, axis: string, block: number): Values {
  return (name): Interval | undefined => {
    if (/^threadIdx\.[xyz]$/.test(name)) return point(0);
    if (/^blockIdx\.[xyz]$/.test(name)) return point(name.endsWith(axis) ? block : 0);
    const value = values(name);
    return isPoint(value) ? value : undefined;
  };
}

/** Extents of the first static shared array whose sizes are known. Padding against bank conflicts is taken off. */
function tileOf(kernel: Kernel, constant: (text: string) => number | undefined): number[] | undefined {
  for (const variable of kernel.shared) {
    if (variable.dynamic || variable.extents.length === 0) continue;
    const extents = variable.extents.map(({ text, value }) =>
      value.known ? Number(value.value) : (constant(text) ?? NaN),
    );
    if (extents.every((extent) => extent >= 2)) return extents.map((extent) => powerOfTwoBelow(extent));
  }
  return undefined;
}

function namedConstant(
  body: KernelBody,
  pattern: RegExp,
  constant: (name: string) => number | undefined,
): number | undefined {
  const names = new Set([...body.text.matchAll(/(?<![\w.])[A-Za-z_]\w*/g)].map(([name]) => name));
  for (const name of names) {
    const value = pattern.test(name) ? constant(name) : undefined;
    if (value !== undefined && value >= 1 && value <= mostThreads && Number.isInteger(value)) return value;
  }
  return undefined;
}

function powerOfTwoBelow(value: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(value, 1)));
}

function fit(block: Dim3, bound: number): Dim3 {
  let [x, y, z] = block;
  while (x * y * z > Math.min(bound, mostThreads)) {
    if (z > 1) z = Math.ceil(z / 2);
    else if (y > 1) y = Math.ceil(y / 2);
    else x = Math.ceil(x / 2);
  }
  return [x, y, z];
}
