/** What the hover of a launch tells: its geometry, the problem it covers, and what the compiler and the GPU make of it. */
import * as l10n from '@vscode/l10n';
import {
  kernelOf,
  launchedInstantiations,
  launchGeometry,
  multiprocessorOf,
  occupancyOf,
  registersWithoutLoss,
  type CompiledKernel,
  type Dim3Value,
  type Launch,
  type LaunchGeometry,
  type OccupancyLimiter,
  type Problem,
  type TheoreticalOccupancy,
} from '../../analysis';
import type { GpuDevice } from '../../../../protocol/src';
import type { OpenDocument } from '../../documents';
import { bytes, count, percent } from '../format';
import { aimed, range, resourcesText, staleText } from './resources';

type Row = readonly [name: string, value: string];

/** Markdown. */
export function launchHover(document: OpenDocument, launch: Launch, gpu: GpuDevice | undefined): string {
  const geometry = launchGeometry(document.model, launch);
  const rows: Row[] = [
    [l10n.t('Grid'), gridText(launch, geometry)],
    [l10n.t('Block'), blockText(launch, geometry)],
    ...threadRows(geometry),
    ...sharedRow(launch),
    ...compiledRows(document, launch, geometry, gpu),
  ];
  const table = ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`)];
  return [`**${launch.kernelName}**`, '', ...table].join('\n');
}

function gridText(launch: Launch, { grid, blocks, gridSizes }: LaunchGeometry): string {
  if (grid && blocks !== undefined) return `${sizes(grid, blocks)} ${l10n.t('blocks')}`;
  return `${gridSizes ? product(gridSizes) : asWritten(launch.grid)} ${l10n.t('blocks')}`;
}

function blockText(launch: Launch, { block, threadsPerBlock, blockSizes }: LaunchGeometry): string {
  if (!block || threadsPerBlock === undefined) {
    return `${blockSizes ? product(blockSizes) : asWritten(launch.block)} ${l10n.t('threads')}`;
  }
  const warps = (threadsPerBlock + 31n) / 32n;
  const idle = warps * 32n - threadsPerBlock;
  const last = idle > 0n ? `, ${l10n.t('{0} lanes of the last one idle', count(idle))}` : '';
  return `${sizes(block, threadsPerBlock)} ${l10n.t('threads')} (${l10n.t('{0} warps', count(warps))}${last})`;
}

function threadRows({ threads, problem }: LaunchGeometry): Row[] {
  const rows: Row[] = threads === undefined ? [] : [[l10n.t('Threads'), count(threads)]];
  if (problem) rows.push([l10n.t('Problem'), problemText(problem, threads)]);
  return rows;
}

function problemText({ sizes: along, elements, idle }: Problem, threads: bigint | undefined): string {
  const each = product(along);
  const total = elements !== undefined && along.length > 1 ? `${each} = ${count(elements)}` : each;
  const text = l10n.t('{0} elements', total);
  if (idle === undefined || threads === undefined || threads === 0n) return text;
  if (idle === 0n) return `${text}, ${l10n.t('no thread idle')}`;
  const share = Number(idle) / Number(threads);
  return `${text}, ${l10n.t('{0} threads idle ({1})', count(idle), share < 0.0005 ? '< 0.1 %' : percent(share))}`;
}

function sharedRow({ shared }: Launch): Row[] {
  const { value, text } = shared;
  if (value.known && typeof value.value === 'bigint') {
    return value.value === 0n ? [] : [[l10n.t('Dynamic shared memory'), bytes(Number(value.value))]];
  }
  return [[l10n.t('Dynamic shared memory'), `${code(text)} ${l10n.t('bytes')}`]];
}

/** What is known once it was compiled, and without that as much as can be said. */
function compiledRows(
  document: OpenDocument,
  launch: Launch,
  geometry: LaunchGeometry,
  gpu: GpuDevice | undefined,
): Row[] {
  const { computeCapability } = document.target;
  const instantiations = instantiationsFor(document, launch);
  if (instantiations.length > 0) {
    return [
      [l10n.t('Compiled'), `${resourcesText(instantiations)}${staleText(document)}`],
      ...occupancyRows(instantiations, launch, geometry, gpu),
    ];
  }
  const device = multiprocessorOf(computeCapability);
  const use = blockUse(launch, geometry, 0);
  const registers = device && use && registersWithoutLoss(device, use);
  if (!device || !use || registers === undefined) return [];
  const best = occupancyOf(device, { ...use, registersPerThread: registers });
  const condition = l10n.t('with at most {0} registers a thread', registers);
  return [[l10n.t('Occupancy'), `${l10n.t('up to {0}', percent(best.ratio))} ${condition} (sm_${computeCapability})`]];
}

/** Those that the launch may run. */
function instantiationsFor(document: OpenDocument, launch: Launch): CompiledKernel[] {
  const kernel = kernelOf(document.model, launch);
  return kernel ? aimed(document, launchedInstantiations(kernel, launch, document.compiled)) : [];
}

function occupancyRows(
  instantiations: readonly CompiledKernel[],
  launch: Launch,
  geometry: LaunchGeometry,
  gpu: GpuDevice | undefined,
): Row[] {
  const found = instantiations.flatMap((instantiation): TheoreticalOccupancy[] => {
    const device = multiprocessorOf(instantiation.computeCapability);
    const use = blockUse(launch, geometry, instantiation.staticShared);
    return device && use ? [occupancyOf(device, { ...use, registersPerThread: instantiation.registers })] : [];
  });
  const [first] = found;
  if (!first || found.length < instantiations.length) return [];
  if (found.some(({ blocks, ratio }) => blocks !== first.blocks || ratio !== first.ratio)) {
    return [
      [
        l10n.t('Occupancy'),
        range(
          found.map(({ ratio }) => ratio),
          percent,
        ),
      ],
    ];
  }
  if (first.blocks === 0) return [[l10n.t('Occupancy'), `⚠ ${impossible(first.limiter)}`]];
  const held = l10n.t('{0} of {1} warps, {2} blocks a multiprocessor', first.warps, first.maxWarps, first.blocks);
  const limit = first.ratio === 1 ? '' : ` · ${limiterText(first.limiter)}`;
  const rows: Row[] = [[l10n.t('Occupancy'), `${percent(first.ratio)} (${held})${limit}`]];
  const same = instantiations.every(
    ({ computeCapability }) => `${computeCapability}` === gpu?.computeCapability.replace('.', ''),
  );
  if (gpu && same && geometry.blocks !== undefined) {
    const atOnce = first.blocks * gpu.multiprocessors;
    const waves = Number(geometry.blocks) / atOnce;
    const on =
      waves < 1
        ? l10n.t('{0} of the {1} blocks that {2} holds at once', count(geometry.blocks), count(atOnce), gpu.name)
        : l10n.t(
            '{0} on {1}, which holds {2} blocks at once',
            waves.toFixed(waves < 10 ? 2 : 1),
            gpu.name,
            count(atOnce),
          );
    rows.push([l10n.t('Waves'), on]);
  }
  return rows;
}

function limiterText(limiter: OccupancyLimiter): string {
  switch (limiter) {
    case 'registers':
      return l10n.t('limited by registers');
    case 'sharedMemory':
      return l10n.t('limited by shared memory');
    case 'blocks':
      return l10n.t('limited by the number of blocks');
    case 'warps':
      return l10n.t('limited by the size of the block');
  }
}

function impossible(limiter: OccupancyLimiter): string {
  switch (limiter) {
    case 'registers':
      return l10n.t('the block needs more registers than there are');
    case 'sharedMemory':
      return l10n.t('the block needs more shared memory than there is');
    case 'blocks':
    case 'warps':
      return l10n.t('the block has too many threads');
  }
}

function blockUse(
  { shared }: Launch,
  { threadsPerBlock }: LaunchGeometry,
  staticShared: number,
): { threads: number; shared: number } | undefined {
  const dynamic = shared.value.known ? Number(shared.value.value) : undefined;
  if (threadsPerBlock === undefined || threadsPerBlock <= 0n || dynamic === undefined) return undefined;
  return { threads: Number(threadsPerBlock), shared: staticShared + dynamic };
}

/** `120 × 68 = 8,160`, or the number alone. */
function sizes(along: readonly bigint[], total: bigint): string {
  const [x, y, z] = along;
  if (y === 1n && z === 1n) return count(total);
  return `${(z === 1n ? [x!, y!] : along).map(count).join(' × ')} = ${count(total)}`;
}

function product(along: readonly (bigint | string)[]): string {
  return along.map((size) => (typeof size === 'bigint' ? count(size) : code(size))).join(' × ');
}

function asWritten({ text }: Dim3Value): string {
  return code(text.replace(/\s+/g, ' '));
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}
