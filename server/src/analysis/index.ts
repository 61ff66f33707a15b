/** The pure core: CUDA text in, model and findings out. No files, no processes, no language server. */
export { createParser, type CudaParser, type ParsedDocument, type ParserFiles, type TextEdit } from './parse';
export * from './model';
export * from './rules';
export type { CompiledKernel, Target } from './target';
export { instantiationsOf, launchedInstantiations } from './compiled';
export { launchGeometry, type LaunchGeometry, type Problem } from './geometry';
export { launchedBlocks, staticCost, type BlockCost, type BlockShape, type StaticCost } from './static-cost';
export { computeCapabilityOf, multiprocessorOf, sharedWithoutAsking, type Multiprocessor } from './model/devices';
export { occupancyOf, registersWithoutLoss, type OccupancyLimiter, type TheoreticalOccupancy } from './model/occupancy';
export { isCode, wordAt } from './code-at';
export { outlineOf, type OutlineItem } from './outline';
export {
  configurationPlace,
  functionAround,
  namesInScope,
  type ConfigurationPlace,
  type DeclaredName,
} from './launch-at-cursor';
export { checkOverrides } from './directive/check';
export {
  directiveAt,
  directiveOf,
  directivesOfKernel,
  findDirectives,
  reservedNames,
  writingAt,
  type Directive,
  type DirectiveItem,
  type DirectivePlace,
  type DirectiveScope,
  type Meaning,
  type Setting,
  type Variation,
} from './directive';
