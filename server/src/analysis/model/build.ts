import type { ParsedDocument, SyntaxNode, Unit } from '../parse';
import { AccessAnalysis } from './access';
import { factsOf } from './collect';
import { Evaluator } from './evaluator';
import { environmentOf, type Memory } from './environment';
import type { FunctionFacts, LaunchFacts } from './facts';
import { FileIndex } from './file-index';
import type { Imports } from './imports';
import { buildKernel } from './kernels';
import {
  buildAllocation,
  buildLaunch,
  calleeName,
  KernelIndex,
  launchedName,
  readDimensions,
  type Candidate,
  type Dimension,
} from './launches';
import { launchesIn } from './launch-macros';
import type { Allocation, FileModel, Kernel, Launch } from './types';

/** The model together with what it was read from; rules look at both. Kernels and launches go by the model's indices. */
export interface Analysis {
  readonly model: FileModel;
  readonly text: string;
  readonly evaluator: Evaluator;
  readonly kernels: readonly FunctionFacts[];
  readonly launches: readonly AnalyzedLaunch[];
}

export interface AnalyzedLaunch {
  readonly facts: LaunchFacts;
  readonly grid: Dimension;
  readonly block: Dimension;
  /** The launched kernel, of this file or of one it includes. */
  readonly kernel: FunctionFacts | undefined;
}

const kernelMemory: Memory<Kernel> = new WeakMap();
const launchMemory: Memory<Launch> = new WeakMap();
const dimensionMemory: Memory<{ grid: Dimension; block: Dimension }> = new WeakMap();
const allocationMemory: Memory<Allocation | undefined> = new WeakMap();
const analyses = new WeakMap<FileModel, Analysis>();

export function buildModel(document: ParsedDocument, imports?: Imports): FileModel {
  return analyze(document, imports).model;
}

/** What stands behind a model that `buildModel` made. */
export function analysisOf(model: FileModel): Analysis | undefined {
  return analyses.get(model);
}

export function analyze(document: ParsedDocument, imports?: Imports): Analysis {
  const facts = document.units.map(factsOf);
  const environment = environmentOf(document, facts, imports);
  const index = new FileIndex(facts, environment, imports?.index);
  const evaluator = new Evaluator(index);
  const access = new AccessAnalysis(index);
  const kernelOf = (fn: FunctionFacts, unit: Unit): Kernel => {
    const build = (): Kernel => buildKernel(fn, unit, evaluator, access);
    // Shared memory at file scope stands in another unit, which moves by itself.
    const apart = index.shared.length > 0;
    return apart ? build() : environment.rememberPlaced(kernelMemory, fn, unit.base, build);
  };
  const candidates: Candidate[] = [];
  const kernels: Kernel[] = [];
  const kernelFacts: FunctionFacts[] = [];
  for (const { unit, functions } of facts) {
    for (const fn of functions) {
      if (!fn.specifiers.has('__global__')) continue;
      candidates.push({ fn, unit, own: kernels.length });
      kernels.push(kernelOf(fn, unit));
      kernelFacts.push(fn);
    }
  }
  for (const { unit, functions } of index.imported) {
    for (const fn of functions) if (fn.specifiers.has('__global__')) candidates.push({ fn, unit });
  }
  const kernelIndex = new KernelIndex(candidates);
  const launches: Launch[] = [];
  const launchFacts: AnalyzedLaunch[] = [];
  const allocations: Allocation[] = [];
  for (const unit of facts) {
    for (const launch of launchesIn(unit, index)) {
      const built = environment.remember(dimensionMemory, launch, () => readDimensions(launch, evaluator));
      const read = environment.rememberPlaced(launchMemory, launch, unit.unit.base, () =>
        buildLaunch(launch, built, unit.unit, evaluator),
      );
      const count = launch.argumentsKnown ? read.arguments.length : undefined;
      const name = launchedName(launch);
      const kernel = name && kernelIndex.find(calleeName(name), count, unit.unit);
      if (!kernel) launches.push(read);
      else if (kernel.own !== undefined) launches.push({ ...read, kernel: kernel.own });
      else launches.push({ ...read, imported: kernelOf(kernel.fn, kernel.unit) });
      launchFacts.push({ facts: launch, ...built, kernel: kernel?.fn });
    }
    for (const call of unit.allocations) {
      const allocation = environment.rememberPlaced(allocationMemory, call, unit.unit.base, () =>
        buildAllocation(call, evaluator),
      );
      if (allocation) allocations.push(allocation);
    }
  }
  const main = facts.flatMap(({ functions }) => functions).find((fn) => fn.name === 'main' && fn.body);
  const model: FileModel = {
    kernels,
    launches,
    allocations,
    ...(main ? { main: { nameSpan: main.nameNode.span, span: spanOf(main.whole, main.body!) } } : {}),
  };
  const analysis = { model, text: document.text, evaluator, kernels: kernelFacts, launches: launchFacts };
  analyses.set(model, analysis);
  return analysis;
}

function spanOf(first: SyntaxNode, last: SyntaxNode): { start: number; end: number } {
  return { start: first.start, end: last.end };
}
