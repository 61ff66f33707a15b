/** What kernels cost, in words: the lens above a kernel and the table of its hover. */
import * as l10n from '@vscode/l10n';
import { staticCost, type BlockCost, type CompiledKernel, type Kernel, type StaticCost } from '../../analysis';
import type { OpenDocument } from '../../documents';
import type { Session } from '../../session';
import { bytes, percent } from '../format';
import { range } from '../hover/resources';
import { planRequestFor } from '../run';
import { blocksOf } from './blocks';
import { limiterName } from './limiter';

export function costsOf(
  session: Session,
  document: OpenDocument,
  kernel: Kernel,
  compiled: readonly CompiledKernel[],
): StaticCost[] {
  const blocks = blocksOf(planRequestFor(session, document, kernel.name), kernel);
  return compiled.map((each) => staticCost(kernel, each, blocks));
}

/** `40 registers (+8) · 4.00 KiB shared · occupancy 75 % (registers)`; nothing before it was compiled. */
export function costSummary(costs: readonly StaticCost[], before: readonly StaticCost[]): string | undefined {
  if (costs.length === 0) return undefined;
  const numbers = (all: readonly StaticCost[], read: (kernel: CompiledKernel) => number) =>
    all.map((c) => read(c.compiled));
  const registers = numbers(costs, (kernel) => kernel.registers);
  const shared = numbers(costs, (kernel) => kernel.staticShared);
  const sharedBefore = numbers(before, (kernel) => kernel.staticShared);
  const spilled = numbers(costs, spilledBytes);
  const parts = [
    `${l10n.t('{0} registers', range(registers))}${change(
      registers,
      numbers(before, (kernel) => kernel.registers),
      String,
    )}`,
  ];
  if (Math.max(...shared, ...sharedBefore) > 0) {
    parts.push(`${l10n.t('{0} shared', range(shared, bytes))}${change(shared, sharedBefore, bytes)}`);
  }
  const spilledBefore = numbers(before, spilledBytes);
  if (Math.max(...spilled, ...spilledBefore) > 0) {
    parts.push(`${l10n.t('{0} spilled', range(spilled, bytes))}${change(spilled, spilledBefore, bytes)}`);
  }
  const occupancy = occupancySummary(costs, before);
  if (occupancy !== undefined) parts.push(occupancy);
  return parts.join(' · ');
}

export function spilledBytes({ spillStores, spillLoads }: CompiledKernel): number {
  return spillStores + spillLoads;
}

/** ` (+8)`; nothing where nothing changed or there is no one number to compare. */
function change(now: readonly number[], before: readonly number[], format: (value: number) => string): string {
  const [a, b] = [single(now), single(before)];
  if (a === undefined || b === undefined || a === b) return '';
  return ` (${a > b ? '+' : '−'}${format(Math.abs(a - b))})`;
}

function single(values: readonly number[]): number | undefined {
  return values.length > 0 && values.every((value) => value === values[0]) ? values[0] : undefined;
}

function occupancySummary(costs: readonly StaticCost[], before: readonly StaticCost[]): string | undefined {
  const blocks = costs.flatMap((cost) => cost.blocks);
  const ratios = ratiosOf(costs);
  const [first] = blocks;
  if (first === undefined || ratios.length < blocks.length) return undefined;
  const at = costs[0]?.assumed ? ` ${l10n.t('at {0} threads', first.threads)}` : '';
  const value = range(ratios, percent);
  const bounded = blocks.some(({ dynamicShared }) => dynamicShared === undefined);
  const text = bounded ? l10n.t('occupancy at most {0}', value) : l10n.t('occupancy {0}', value);
  const limiters = [
    ...new Set(blocks.flatMap(({ occupancy }) => (occupancy && occupancy.ratio < 1 ? [occupancy.limiter] : []))),
  ];
  const limit = limiters.length === 1 && limiters[0] !== undefined ? ` (${limiterName(limiters[0])})` : '';
  const [now, then] = [single(ratios), single(ratiosOf(before))];
  const was = now === undefined || then === undefined || now === then ? '' : `, ${l10n.t('was {0}', percent(then))}`;
  return `${text}${at}${limit}${was}`;
}

function ratiosOf(costs: readonly StaticCost[]): number[] {
  return costs.flatMap(({ blocks }) => blocks.flatMap(({ occupancy }) => (occupancy ? [occupancy.ratio] : [])));
}

/**
 * Markdown: a row for each instantiation, architecture and block. `nameOf` names an instantiation of a template. A hover is
 * narrow: names only of templates, spills and shared memory only where there are any.
 */
export function costTable(costs: readonly StaticCost[], nameOf: (compiled: CompiledKernel) => string): string[] {
  const any = (holds: (compiled: CompiledKernel) => boolean) => costs.some(({ compiled }) => holds(compiled));
  const columns = [
    { head: l10n.t('Kernel'), align: ':--', shown: any(({ templateArguments }) => templateArguments !== undefined) },
    { head: l10n.t('Architecture'), align: ':--', shown: true },
    { head: l10n.t('Registers'), align: '--:', shown: true },
    { head: l10n.t('Spills (stores, loads)'), align: '--:', shown: any((compiled) => spilledBytes(compiled) > 0) },
    { head: l10n.t('Static shared'), align: '--:', shown: any(({ staticShared }) => staticShared > 0) },
    { head: l10n.t('Block'), align: '--:', shown: true },
    { head: l10n.t('Blocks per SM'), align: '--:', shown: true },
    { head: l10n.t('Occupancy'), align: ':--', shown: true },
  ];
  const rows = costs.flatMap((cost) => {
    const { compiled } = cost;
    const spills =
      spilledBytes(compiled) === 0 ? '–' : `⚠ ${bytes(compiled.spillStores)}, ${bytes(compiled.spillLoads)}`;
    return cost.blocks.map((block) => [
      `\`${nameOf(compiled)}\``,
      `sm_${compiled.computeCapability}`,
      String(compiled.registers),
      spills,
      compiled.staticShared === 0 ? '–' : bytes(compiled.staticShared),
      blockText(block),
      block.occupancy === undefined ? '–' : String(block.occupancy.blocks),
      occupancyText(block),
    ]);
  });
  const line = (cells: readonly string[], before = '') =>
    `| ${cells.filter((_, index) => columns[index]?.shown).join(` | ${before}`)} |`;
  // A number stays with its unit.
  const row = (cells: readonly string[]) =>
    line(
      cells.map((cell) => cell.replace(/(?<=\d) (?=\S)/g, '\u00a0')),
      gap,
    );
  return [
    line(
      columns.map(({ head }) => head),
      gap,
    ),
    line(columns.map(({ align }) => align)),
    ...rows.map(row),
  ];
}

/** A hover's table leaves hardly any room between its columns, and a cell's own spaces are trimmed. */
const gap = '&nbsp;&nbsp;';

function blockText({ threads, dynamicShared }: BlockCost): string {
  const size = l10n.t('{0} threads', threads);
  if (dynamicShared === 0) return size;
  return `${size}, ${dynamicShared === undefined ? l10n.t('dynamic shared not known') : l10n.t('{0} dynamic shared', bytes(dynamicShared))}`;
}

function occupancyText({ occupancy, dynamicShared }: BlockCost): string {
  if (occupancy === undefined) return '–';
  const value = percent(occupancy.ratio);
  const limit = occupancy.ratio === 1 ? '' : ` (${limiterName(occupancy.limiter)})`;
  return `${dynamicShared === undefined ? l10n.t('at most {0}', value) : value}${limit}`;
}

/** What is worth a thought, in sentences. */
export function costRemarks(costs: readonly StaticCost[]): string[] {
  const remarks: string[] = [];
  const assumed = costs.find((cost) => cost.assumed);
  const best = assumed?.best;
  if (assumed !== undefined) {
    remarks.push(
      best?.occupancy === undefined
        ? l10n.t('No launch in this file tells the block size.')
        : l10n.t(
            'No launch in this file tells the block size; the highest occupancy, {0}, begins at {1} threads.',
            percent(best.occupancy.ratio),
            best.threads,
          ),
    );
  }
  if (costs.some(({ compiled }) => spilledBytes(compiled) > 0)) {
    remarks.push(
      l10n.t(
        'Spills go through local memory, that is through the caches: fewer values alive at once, or more registers allowed, avoid them.',
      ),
    );
  }
  if (
    costs.some(({ blocks }) =>
      blocks.some(({ occupancy }) => occupancy?.limiter === 'registers' && occupancy.ratio < 0.5),
    )
  ) {
    remarks.push(
      l10n.t(
        'Registers leave less than half of the warps: `__launch_bounds__` makes the compiler use fewer. Whether that is faster, a run tells.',
      ),
    );
  }
  return remarks;
}
