/** The configurations of a kernel as plans, each with the text it is built from or the reason why it is not tried. Pure. */
import * as l10n from '@vscode/l10n';
import type { Dim3, LaunchPlan, PlanFailure, TunedValue } from '../../../protocol/src';
import {
  buildModel,
  directiveOf,
  lint,
  type CudaParser,
  type FileModel,
  type Imports,
  type Kernel,
  type Launch,
  type Target,
} from '../analysis';
import { chooseLaunch, planLaunch, plannedKernel, type PlanRequest } from '../runner';
import { blockCandidates } from './candidates';
import { applied, blockKnobs, constantKnob, type Knob, type TextEdit } from './knobs';

export interface TuningSource {
  readonly parser: CudaParser;
  readonly imports: Imports | undefined;
  readonly text: string;
  readonly file: string;
  readonly kernel: string;
  /** Setting `run.elements`. */
  readonly elements: number;
  readonly target: Target;
  /** The launch, and the instantiation, that a run of the kernel would take, and the other files that may launch it. */
  readonly choice?: Pick<PlanRequest, 'launch' | 'overrides' | 'elsewhere'>;
}

export interface Trial {
  readonly values: readonly TunedValue[];
  readonly current: boolean;
  /** What the source becomes with it, `overrides` aside; undefined where no edit makes it so. */
  readonly edits: readonly TextEdit[] | undefined;
  readonly overrides: ReadonlyMap<string, string>;
  readonly prepared: { readonly plan: LaunchPlan; readonly text: string } | { readonly reason: string };
}

export interface Trials {
  readonly plan: LaunchPlan;
  /** The present configuration first. */
  readonly trials: readonly Trial[];
  /** Configurations beyond `mostTrials`. */
  readonly left: number;
}

/** What people wait for: a minute or two. */
const mostTrials = 96;

interface Wish {
  readonly values: readonly TunedValue[];
  /** Undefined: the text has no such launch. */
  readonly edits: readonly TextEdit[] | undefined;
  readonly overrides: ReadonlyMap<string, string>;
}

export function trialsOf(source: TuningSource): Trials | PlanFailure {
  const original = read(source, source.text);
  const kernel = plannedKernel(original.model, source.kernel);
  if ('message' in kernel) return kernel;
  const plan = planOf(source, original.model, source.text, new Map());
  if ('message' in plan) return plan;
  const { launch } = chooseLaunch(requestOf(source, original.model, source.text), kernel);
  const { wishes, current } = wishesOf(source, original.model, kernel, launch, plan);
  const setting = { source, original, plan, kernel };
  const others = wishes.filter((wish) => !sameValues(wish.values, current));
  const first: Trial = {
    values: current,
    current: true,
    edits: [],
    overrides: new Map(),
    prepared: { plan, text: source.text },
  };
  return {
    plan,
    trials: [
      first,
      ...others.slice(0, mostTrials - 1).map((wish) => ({ ...wish, current: false, prepared: prepare(wish, setting) })),
    ],
    left: Math.max(0, others.length - mostTrials + 1),
  };
}

export function sameValues(a: readonly TunedValue[], b: readonly TunedValue[]): boolean {
  return (
    a.length === b.length && a.every(({ name, value }, index) => b[index]?.name === name && b[index]?.value === value)
  );
}

/** Every combination of the block sizes and of what the directive lists. */
function wishesOf(
  source: TuningSource,
  model: FileModel,
  kernel: Kernel,
  launch: Launch | undefined,
  plan: LaunchPlan,
): { readonly wishes: Wish[]; readonly current: readonly TunedValue[] } {
  const { settings, variations } = directiveOf({ model, text: source.text, kernel, launch });
  const tunable = variations.filter(({ name }) => !isSize(name, kernel, launch));
  const blockChoices = tunable.find(({ name }) => name === 'block' || name === 'blockDim');
  // A directive that states the block wins over the launch: only the directive changes it.
  const stated = settings.has('block') || settings.has('blockDim');
  const knobs = launch && !stated ? blockKnobs(source.text, launch) : [];
  let wishes: Wish[];
  let current: TunedValue[];
  if (blockChoices || knobs.length === 0) {
    const values = blockChoices?.values ?? (stated ? statedCandidates(plan) : ownCandidates(plan, kernel, source.text));
    wishes = values.map((value) => ({
      values: [{ name: 'block', value: plainBlock(value) }],
      edits: [],
      overrides: new Map([['block', value]]),
    }));
    current = [{ name: 'block', value: blockText(plan.block) }];
  } else {
    const powersOnly = isCooperative(kernel, source.text);
    wishes = blockCandidates({ knobs, powersOnly }).map((row) => turned(knobs, row));
    current = knobs.map(({ name, value }) => ({ name, value: String(value) }));
  }
  for (const variation of tunable) {
    if (variation === blockChoices) continue;
    const { name, values } = variation;
    const knob = kernel.templateParameters.some((parameter) => parameter.name === name)
      ? undefined
      : constantKnob(source.text, name);
    const now = settings.get(name)?.value ?? '';
    current = [...current, { name, value: now }];
    // What is not varied beside it stays as it is, so the present values take part in every combination.
    const base = wishes.some((wish) => sameValues(wish.values, current.slice(0, -1)))
      ? wishes
      : [{ values: current.slice(0, -1), edits: [], overrides: new Map<string, string>() }, ...wishes];
    wishes = base.flatMap((wish) => values.map((value) => extended(wish, name, value, knob)));
  }
  return { wishes, current };
}

/** A name whose range is the size of the problem, not a way to solve it. */
function isSize(name: string, kernel: Kernel, launch: Launch | undefined): boolean {
  if (name.includes('.') || kernel.parameters.some((parameter) => parameter.name === name)) return true;
  const passed = launch?.arguments.map(({ text }) => text.trim()) ?? [];
  return passed.includes(name);
}

function turned(knobs: readonly Knob[], row: readonly number[]): Wish {
  const parts = knobs.map((knob, index) => knob.edits(row[index] ?? knob.value));
  return {
    values: knobs.map(({ name, value }, index) => ({ name, value: String(row[index] ?? value) })),
    edits: parts.every((part) => part !== undefined) ? parts.flat() : undefined,
    overrides: new Map(),
  };
}

function extended(wish: Wish, name: string, value: string, knob: Knob | undefined): Wish {
  const values = [...wish.values, { name, value }];
  const number = Number(value);
  const edits = knob && Number.isInteger(number) ? knob.edits(number) : undefined;
  // The directive's own value would win over the edited constant, so it is given as well.
  const overrides = new Map([...wish.overrides, [name, value]]);
  return { values, edits: wish.edits && [...wish.edits, ...(edits ?? [])], overrides };
}

/** Blocks for a launch whose block stands nowhere as a number. */
function ownCandidates(plan: LaunchPlan, kernel: Kernel, text: string): string[] {
  const [, y, z] = plan.block;
  const used = z > 1 ? [0, 1, 2] : y > 1 ? [0, 1] : [0];
  const rows = blockCandidates({
    knobs: used.map((axis) => ({ axes: [axis] })),
    powersOnly: isCooperative(kernel, text),
  });
  return rows.map((row) => row.join('x'));
}

function statedCandidates(plan: LaunchPlan): string[] {
  const [, y, z] = plan.block;
  const used = z > 1 ? [0, 1, 2] : y > 1 ? [0, 1] : [0];
  return blockCandidates({ knobs: used.map((axis) => ({ axes: [axis] })), powersOnly: true }).map((row) =>
    row.join('x'),
  );
}

/** Threads that work together, most often in halves or over tiles of a power of two. */
function isCooperative(kernel: Kernel, text: string): boolean {
  const body = kernel.body ? text.slice(kernel.body.start, kernel.body.end) : '';
  return kernel.shared.length > 0 || /__syncthreads|__shfl|cooperative_groups|\bcg::/.test(body);
}

export function blockText([x, y, z]: Dim3): string {
  return z > 1 ? `${x}x${y}x${z}` : y > 1 ? `${x}x${y}` : `${x}`;
}

/** `(32, 8)` and `32 x 8` as `32x8`. */
function plainBlock(value: string): string {
  return value.replace(/[()\s]/g, '').replaceAll(',', 'x');
}

interface Setting {
  readonly source: TuningSource;
  readonly original: ReturnType<typeof read>;
  readonly plan: LaunchPlan;
  readonly kernel: Kernel;
}

function prepare(wish: Wish, { source, original, plan, kernel }: Setting): Trial['prepared'] {
  const { edits } = wish;
  if (edits === undefined) {
    const reason = l10n.t(
      'The launch has {0} blocks by number, which does not come out even with this block.',
      plan.grid[0],
    );
    return { reason };
  }
  const text = applied(source.text, edits);
  const own = edits.length === 0 ? original : read(source, text);
  const next = planOf(source, own.model, text, wish.overrides);
  if ('message' in next) return { reason: next.message };
  const reason =
    impossible(next) ??
    uncovered(plan, next, kernel, source.text) ??
    (edits.length === 0 ? tied(plan, next, kernel) : wrong(original, own));
  if (reason !== undefined) return { reason };
  // Edits in host code leave the kernel as it is: it is built once for all of them.
  const device = edits.some(({ span }) => reachesDevice(span.start, original.model, source.text));
  return { plan: next, text: device ? text : source.text };
}

/** Whether a place lies outside every function of the host; a constant there may be the kernel's. */
function reachesDevice(offset: number, { launches, main }: FileModel, text: string): boolean {
  if (main && main.span.start <= offset && offset < main.span.end) return false;
  if (launches.some(({ span }) => span.start <= offset && offset < span.end)) return false;
  // Inside any braces that hold a launch.
  return !launches.some(({ span }) => {
    const between = text.slice(Math.min(offset, span.start), span.start);
    return offset < span.start && depthNeverBelow(between);
  });
}

/** Text that leaves no block that it did not enter: both its ends lie in one function. */
function depthNeverBelow(text: string): boolean {
  let depth = 0;
  let opened = false;
  for (const character of text) {
    if (character === '{') {
      depth++;
      opened = true;
    } else if (character === '}' && --depth < 0) return false;
  }
  // From file scope into a function: a block is still open at the end.
  return depth === 0 || !opened;
}

function impossible({ block, grid }: LaunchPlan): string | undefined {
  const threads = block[0] * block[1] * block[2];
  if (threads > 1024) return l10n.t('{0} threads; a block has at most 1024.', threads);
  if (block[2] > 64) return l10n.t('{0} threads along z; a block has at most 64.', block[2]);
  if (grid[1] > 65535 || grid[2] > 65535) {
    return l10n.t('{0} blocks along y or z; a grid has at most 65535.', Math.max(grid[1], grid[2]));
  }
  return undefined;
}

/** A grid that no longer has a thread for each element it had one for. */
function uncovered(before: LaunchPlan, after: LaunchPlan, kernel: Kernel, text: string): string | undefined {
  const body = kernel.body ? text.slice(kernel.body.start, kernel.body.end) : '';
  // A grid-stride loop covers any problem with any grid.
  if (/\bgridDim\b/.test(body) || /\bgrid\.size\(\)|num_blocks\(\)/.test(body)) return undefined;
  for (const axis of [0, 1, 2] as const) {
    const had = before.grid[axis] * before.block[axis];
    const has = after.grid[axis] * after.block[axis];
    // Rounded up, the last block of before may have been for one element only.
    if (has <= had - before.block[axis] && before.grid[axis] > 1) {
      return l10n.t(
        'The grid does not follow the block: {0} threads along {1} where there were {2}.',
        has,
        'xyz'[axis] ?? 'x',
        had,
      );
    }
    if (before.grid[axis] === 1 && has < had) {
      return l10n.t(
        'The grid does not follow the block: {0} threads along {1} where there were {2}.',
        has,
        'xyz'[axis] ?? 'x',
        had,
      );
    }
  }
  return undefined;
}

/** A shared array as large as the block is now was made for that block; no edit can change it here. */
function tied({ block }: LaunchPlan, after: LaunchPlan, { shared }: Kernel): string | undefined {
  const threads = (size: Dim3) => size[0] * size[1] * size[2];
  const same = block.every((size, axis) => size === after.block[axis]);
  if (same) return undefined;
  for (const { name, dynamic, extents } of shared) {
    const sizes = extents.map(({ value }) => (value.known ? Number(value.value) : NaN));
    const elements = sizes.reduce((product, size) => product * size, 1);
    const isTile = sizes.length === 2 && sizes[0] === block[1] && (sizes[1] === block[0] || sizes[1] === block[0] + 1);
    if (dynamic || sizes.length === 0 || !(elements === threads(block) || isTile)) continue;
    const written = `${name}${sizes.map((size) => `[${size}]`).join('')}`;
    return l10n.t('The shared array {0} is made for blocks of {1} threads.', written, blockText(block));
  }
  return undefined;
}

/** What the lint finds in the changed text and not in the source: errors, and what makes results wrong. */
function wrong(original: ReturnType<typeof read>, changed: ReturnType<typeof read>): string | undefined {
  if (changed === original) return undefined;
  const known = new Set(original.findings.map(({ rule, line }) => `${rule} ${line}`));
  const found = changed.findings.find(({ rule, line, severity }) => {
    return (severity === 'error' || severity === 'warning') && !known.has(`${rule} ${line}`);
  });
  return found && `${found.message} [${found.rule}]`;
}

export function requestOf(source: TuningSource, model: FileModel, text: string): PlanRequest {
  const { file, kernel, elements, choice } = source;
  return { model, text, file, kernel, defaults: { elements }, ...choice };
}

function planOf(source: TuningSource, model: FileModel, text: string, overrides: ReadonlyMap<string, string>) {
  const request = requestOf(source, model, text);
  return planLaunch({ ...request, overrides: new Map([...(request.overrides ?? []), ...overrides]) });
}

/** Model and findings of a text. */
function read({ parser, imports, target }: TuningSource, text: string) {
  const parsed = parser.parse(text);
  try {
    const model = buildModel(parsed, imports);
    const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
    const findings = lint(parsed, model, { target }).map(({ rule, severity, message, span }) => ({
      rule,
      severity,
      line: lineAt(span.start),
      message: l10n.t(message.text, ...message.args),
    }));
    return { model, findings };
  } finally {
    parsed.dispose();
  }
}
