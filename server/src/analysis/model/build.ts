import type { ParsedDocument, SyntaxNode } from '../parse';
import { AccessAnalysis } from './access';
import { factsOf } from './collect';
import { Evaluator } from './evaluator';
import { environmentOf, type Memory } from './environment';
import type { FunctionFacts, LaunchFacts } from './facts';
import { FileIndex } from './file-index';
import { buildKernel } from './kernels';
import { buildAllocation, buildLaunch, KernelIndex, readDimensions, type Dimension } from './launches';
import type { Allocation, FileModel, Kernel, Launch } from './types';

/** The model together with what it was read from; rules look at both. Kernels and launches go by the model's indices. */
export interface Analysis {
  readonly model: FileModel;
  readonly text: string;
  readonly evaluator: Evaluator;
  readonly kernels: readonly FunctionFacts[];
  readonly launches: readonly { readonly facts: LaunchFacts; readonly grid: Dimension; readonly block: Dimension }[];
}

const kernelMemory: Memory<Kernel> = new WeakMap();
const launchMemory: Memory<Launch> = new WeakMap();
const dimensionMemory: Memory<{ grid: Dimension; block: Dimension }> = new WeakMap();
const allocationMemory: Memory<Allocation | undefined> = new WeakMap();
const analyses = new WeakMap<FileModel, Analysis>();

export function buildModel(document: ParsedDocument): FileModel {
  return analyze(document).model;
}

/** What stands behind a model that `buildModel` made. */
export function analysisOf(model: FileModel): Analysis | undefined {
  return analyses.get(model);
}

export function analyze(document: ParsedDocument): Analysis {
  const facts = document.units.map(factsOf);
  const environment = environmentOf(document, facts);
  const index = new FileIndex(facts, environment);
  const evaluator = new Evaluator(index);
  const access = new AccessAnalysis(index);
  const kernels: Kernel[] = [];
  const kernelFacts: FunctionFacts[] = [];
  for (const { unit, functions } of facts) {
    for (const fn of functions) {
      if (!fn.specifiers.has('__global__')) continue;
      const build = (): Kernel => buildKernel(fn, unit, evaluator, access);
      // Shared memory at file scope stands in another unit, which moves by itself.
      const apart = index.shared.length > 0;
      kernels.push(apart ? build() : environment.rememberPlaced(kernelMemory, fn, unit.base, build));
      kernelFacts.push(fn);
    }
  }
  const kernelIndex = new KernelIndex(kernels);
  const launches: Launch[] = [];
  const launchFacts: Analysis['launches'][number][] = [];
  const allocations: Allocation[] = [];
  for (const unit of facts) {
    for (const launch of unit.launches) {
      const built = environment.remember(dimensionMemory, launch, () => readDimensions(launch, evaluator));
      launches.push(
        environment.rememberPlaced(launchMemory, launch, unit.unit.base, () =>
          buildLaunch(launch, built, unit.unit, evaluator, kernelIndex),
        ),
      );
      launchFacts.push({ facts: launch, ...built });
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
