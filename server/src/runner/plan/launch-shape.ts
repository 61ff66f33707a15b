/** The shape of a launch: as a directive sets it, as the file launches the kernel, or by default. Pure. */
import * as l10n from '@vscode/l10n';
import type { Dim3, PlanFailure, Provenance } from '../../../../protocol/src';
import type { Dim3Value } from '../../analysis/model/types';
import { clusterOf, isCooperative } from './attributes';
import { extentsOf } from './extents';
import type { HostValue } from './host';
import { defaultBlock, defaultGrid, defaultShared, launchValues } from './shape';
import type { Situation } from './situation';

export interface Valued<T> {
  readonly value: T;
  readonly provenance: Provenance;
}

export interface LaunchShape {
  readonly block: Valued<Dim3>;
  readonly grid: Valued<Dim3>;
  readonly shared: Valued<number>;
  readonly cooperative: boolean;
  readonly cluster: Dim3 | undefined;
}

type Block = Valued<Dim3> & {
  /** Elements along each axis that a block without a launch covers, where that is not its number of threads. */
  readonly side?: number | undefined;
  /** Not that of the launch, nor one that was set. */
  readonly chosen?: boolean;
};

/** Blocks that any GPU of the last ten years holds at once. */
const residentBlocks = 16;

/** Scalars must be planned before; the sizes are noted in the situation. */
export function planShape(situation: Situation): LaunchShape | PlanFailure {
  const cooperative = isCooperativeLaunch(situation);
  const block = planBlock(situation);
  if ('message' in block) return block;
  situation.block = block.value;
  const grid = planGrid(block, cooperative, situation);
  if ('message' in grid) return grid;
  situation.grid = grid.value;
  const shared = planShared(grid.value, block, situation);
  return { block, grid, shared, cooperative, cluster: planCluster(situation) };
}

function planBlock(situation: Situation): Block | PlanFailure {
  const { settings, launch, kernel, body } = situation;
  const setting = settings.reserved('block');
  if (setting !== undefined) {
    const value = settings.dimensions(setting);
    if (value[0] * value[1] * value[2] > 1024 || value[2] > 64) {
      settings.fail(setting, l10n.t('a block has at most 1024 threads, and 64 along z'));
    }
    presetBlock(value, situation);
    return { value, provenance: settings.origin(setting) };
  }
  const fromLaunch = launch === undefined ? undefined : writtenDimensions(launch.block, 'block', situation);
  // An assumed block that no GPU can launch was assumed wrongly.
  if (fromLaunch !== undefined && ('message' in fromLaunch || launchable(fromLaunch))) return fromLaunch;
  const { value, why, side } = defaultBlock(kernel, body, (text) => {
    const found = body.range(text, situation.values);
    return found !== undefined && found.lo === found.hi ? found.lo : undefined;
  });
  return { value, provenance: { kind: 'default', why }, side, chosen: true };
}

/** The variables that the launch takes its block from follow a block of the directive, so that the grid does too. */
function presetBlock(block: Dim3, { site: { launch, source }, host }: Situation): void {
  const text = launch?.block.text.trim() ?? '';
  if (!/^[A-Za-z_]\w*$/.test(text)) return;
  if (block[1] * block[2] === 1) host.preset(text, block[0]);
  [...'xyz'].forEach((axis, index) => host.preset(`${text}.${axis}`, block[index] ?? 1));
  const items = source.definition(text, launch?.span.start ?? 0);
  const list = /^dim3\s*\(([\s\S]*)\)$/.exec(items?.text ?? '')?.[1]?.split(',') ?? [];
  list.forEach((item, index) => {
    const name = item.trim();
    const same = list.every((other, at) => other.trim() !== name || block[at] === block[index]);
    if (/^[A-Za-z_]\w*$/.test(name) && same) host.preset(name, block[index] ?? 1);
  });
}

function planGrid(block: Block, cooperative: boolean, situation: Situation): Valued<Dim3> | PlanFailure {
  const { settings, launch, kernel, body, size } = situation;
  const setting = settings.reserved('grid');
  if (setting !== undefined) return { value: settings.dimensions(setting), provenance: settings.origin(setting) };
  const fromLaunch = launch === undefined ? undefined : writtenDimensions(launch.grid, 'grid', situation);
  if (fromLaunch !== undefined) {
    return 'message' in fromLaunch ? fromLaunch : refitted(fromLaunch, block.value, situation);
  }
  const extents = extentsOf(situation);
  const extent = extents.length > 0 ? Math.max(...extents) : size.extent;
  const values = launchValues([1, 1, 1], block.value, situation.values);
  const value = defaultGrid(kernel, body, block.value, values, extent, block.side);
  if (cooperative) {
    const why = l10n.t('few blocks, since all must be resident to synchronise');
    return { value: [Math.min(value[0], residentBlocks), 1, 1], provenance: { kind: 'default', why } };
  }
  return { value, provenance: { kind: 'default', why: l10n.t('enough blocks to cover every element') } };
}

/** A block of the directive's size in a launch whose grid does not follow it: as many threads as before. */
function refitted(
  { value, provenance, followed }: WrittenDimensions,
  block: Dim3,
  { settings, launch, body }: Situation,
): Valued<Dim3> {
  const setting = settings.reserved('block');
  if (setting === undefined || followed === true || launch === undefined) return { value, provenance };
  const written = [launch.block.x, launch.block.y, launch.block.z];
  const refit = (axis: 0 | 1 | 2): number => {
    const name = 'xyz'.charAt(axis);
    const size = written[axis];
    const covers = new RegExp(
      `blockIdx\\s*\\.\\s*${name}\\s*\\*\\s*blockDim\\b|blockDim\\s*\\.\\s*${name}\\s*\\*\\s*blockIdx\\b`,
    );
    if (size?.known !== true || !covers.test(body.text)) return value[axis];
    return Math.max(1, Math.ceil((value[axis] * Number(size.value)) / block[axis]));
  };
  const fitted: Dim3 = [refit(0), refit(1), refit(2)];
  if (fitted.every((size, axis) => size === value[axis])) return { value, provenance };
  const why = l10n.t('as many threads as the launch has, in blocks of the size that was set');
  return { value: fitted, provenance: { kind: 'default', why } };
}

function planShared(grid: Dim3, { value: block, chosen }: Block, situation: Situation): Valued<number> {
  const { settings, launch, host, kernel, body, numbers } = situation;
  const setting = settings.reserved('shared');
  const set = settings.number(setting);
  if (setting !== undefined && set !== undefined) {
    if (Number(set) < 0) settings.fail(setting, l10n.t('it is below zero'));
    return { value: Math.trunc(Number(set)), provenance: settings.origin(setting) };
  }
  const found = launch === undefined ? undefined : host.value(launch.shared.value, launch.shared.text);
  const written = found !== undefined && found.value >= 0 ? Math.trunc(found.value) : undefined;
  const ofLaunch = found && written !== undefined && { value: written, provenance: situation.origin(found) };
  if (ofLaunch && chosen !== true) return ofLaunch;
  const radius = kernel.parameters.find(({ name }) => /^(r|radius|halo)$/i.test(name));
  const known = radius === undefined ? undefined : numbers.get(radius.name)?.lo;
  const { value, why } = defaultShared(
    kernel,
    body,
    block,
    known,
    launchValues(grid, block, situation.values),
    (text) => situation.substituted(text),
  );
  // What the launch computes for its own block may be too little for this one.
  if (ofLaunch && ofLaunch.value >= value) return ofLaunch;
  return { value, provenance: { kind: 'default', why } };
}

/** `followed`: something of it was set. */
type WrittenDimensions = Valued<Dim3> & { readonly followed?: boolean };

/** Undefined when an axis cannot be told even under assumptions. */
function writtenDimensions(
  written: Dim3Value,
  what: 'grid' | 'block',
  situation: Situation,
): WrittenDimensions | PlanFailure | undefined {
  const axes = [written.x, written.y, written.z];
  const evaluated = situation.host.dimensions(written.text);
  const followed = evaluated.some((axis) => axis !== undefined && axis.preset.length > 0);
  if (axes.every((axis) => axis.known) && !followed) {
    const value = axes.map((axis) => (axis.known ? Number(axis.value) : 1));
    if (value.some((size) => !(size >= 1))) {
      // Of another file, that is no help.
      if (situation.site.file !== undefined) return undefined;
      const line = situation.site.source.lineOf(written.span.start);
      return {
        message: l10n.t(
          'The launch in line {0} has an empty {1} ({2}): it would run nothing.',
          line,
          what,
          value.join(' × '),
        ),
      };
    }
    return { value: dim3(value), provenance: situation.launchSite() };
  }
  const found = axes.map((axis, index): HostValue | undefined => {
    const computed = evaluated[index];
    if (computed !== undefined && computed.preset.length > 0) return computed;
    return axis.known ? { value: Number(axis.value), assumed: [], preset: [] } : computed;
  });
  if (found.some((axis) => axis === undefined || !(axis.value >= 1))) return undefined;
  const assumed = found.flatMap((axis) => axis?.assumed ?? []);
  const preset = found.flatMap((axis) => axis?.preset ?? []);
  const provenance = situation.origin({ value: 0, assumed, preset });
  return { value: dim3(found.map((axis) => axis?.value ?? 1)), provenance, followed };
}

function isCooperativeLaunch({ settings, body, site }: Situation): boolean {
  const setting = settings.reserved('cooperative');
  if (setting !== undefined) return Number(settings.number(setting) ?? 1) !== 0;
  return isCooperative(body.text, site.launch, site.text);
}

function planCluster({ settings, site: { launch, source }, host }: Situation): Dim3 | undefined {
  const setting = settings.reserved('cluster');
  if (setting !== undefined) return settings.dimensions(setting);
  const axes = launch === undefined ? undefined : clusterOf(launch, source);
  const values = axes?.map((text) => (text === undefined ? 1 : host.evaluate(text)?.value));
  if (values === undefined || values.some((value) => value === undefined || !(value >= 1))) return undefined;
  return dim3(values.map((value) => value ?? 1));
}

function launchable({ value: [x, y, z], provenance }: Valued<Dim3>): boolean {
  return provenance.kind !== 'default' || (x * y * z <= 1024 && z <= 64);
}

function dim3(values: readonly number[]): Dim3 {
  const [x = 1, y = 1, z = 1] = values;
  return [x, y, z];
}
