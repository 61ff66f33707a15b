/** What runs of a kernel's blocks show about its shared memory, as rules tell it. */
import type { SyntaxNode } from '../../parse';
import type { Analysis } from '../../model/build';
import { once } from './common';
import { runBlocks, type Race } from './block-run';
import { gatesOf } from './barriers';
import { deviceFunctions, type DeviceFunction } from './device-functions';
import { statementOf } from './grid-form';
import { msg, type Fix } from '../rule';

export interface FoundRace extends Race {
  readonly device: DeviceFunction;
}

const warpSize = 32;

/** The races of each kernel, in the order of the text: one for each place where a barrier is missing. */
export function racesOf(analysis: Analysis, wanted: (race: Race, all: readonly Race[]) => boolean): FoundRace[] {
  return racyKernels(analysis).flatMap(({ device, all }) => {
    const places = new Set<unknown>();
    return all
      .filter((race) => wanted(race, all))
      .sort((a, b) => a.second.start - b.second.start)
      .flatMap((race) => {
        const place = between(race.first, race.second, device);
        const key = place ? `${place.statement.key} ${place.before}` : race.array;
        if (places.has(key)) return [];
        places.add(key);
        return [{ ...race, device }];
      });
  });
}

interface RacyKernel {
  readonly device: DeviceFunction;
  readonly all: readonly Race[];
}

const byAnalysis = new WeakMap<Analysis, readonly RacyKernel[]>();

function racyKernels(analysis: Analysis): readonly RacyKernel[] {
  return once(byAnalysis, analysis, () =>
    kernels(analysis).flatMap((device): RacyKernel[] => {
      const runs = runBlocks(device.fn, device.views, analysis).filter(({ threads }) => threads > warpSize);
      const all = runs.flatMap((run) => run.races);
      return all.length === 0 ? [] : [{ device, all }];
    }),
  );
}

export function kernels(analysis: Analysis): DeviceFunction[] {
  return deviceFunctions(analysis).filter(({ fn }) => fn.specifiers.has('__global__'));
}

/** Puts a barrier between the two accesses where all threads of the block come. */
export function barrierFix({ first, second, device }: FoundRace, barrier: string): Fix[] {
  const place = between(first, second, device);
  if (!place) return [];
  const { statement, before } = place;
  const source = statement.unit.text;
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  const lineStart = source.lastIndexOf('\n', statement.offset) + 1;
  const indent = /^[ \t]*/.exec(source.slice(lineStart))![0];
  const ownLine = source.slice(lineStart, statement.offset).trim() === '';
  const gap = ownLine ? `${eol}${indent}` : ' ';
  const at = before ? statement.start : statement.end;
  const newText = before ? `${barrier}${gap}` : `${gap}${barrier}`;
  return [{ title: msg("Insert '{0}'", barrier), edits: [{ span: { start: at, end: at }, newText }], preferred: true }];
}

function between(first: SyntaxNode, second: SyntaxNode, device: DeviceFunction) {
  for (const outer of second.upwards()) {
    if (outer.type !== 'compound_statement' || !outer.contains(first)) continue;
    const holds = (node: SyntaxNode) => outer.children.find((child) => child.contains(node));
    const [a, b] = [holds(first), holds(second)];
    if (!a || !b) return undefined;
    const last = outer.children[outer.children.length - 1]!;
    if (first.start > second.start && !/^(?:for|while|do)_statement$/.test(outer.parent?.type ?? '')) continue;
    const place =
      a !== b && first.start < second.start ? { statement: b, before: true } : { statement: last, before: false };
    if (a === b && !/^(?:for|while|do)_statement$/.test(outer.parent?.type ?? '')) continue;
    return uniform(place.statement, device) ? place : undefined;
  }
  return undefined;
}

function uniform(statement: SyntaxNode, { fn, divergence }: DeviceFunction): boolean {
  const gates = gatesOf(statementOf(statement), fn.body!);
  return gates?.every(({ condition }) => divergence().of(condition).block === 'same') === true;
}
