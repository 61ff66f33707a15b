/** The pure core: CUDA text in, model and findings out. No files, no processes, no language server. */
export { createParser, type CudaParser, type ParsedDocument, type ParserFiles, type TextEdit } from './parse';
export * from './model';
export * from './rules';
export { computeCapabilityOf } from './model/devices';
export type { CompiledKernel, Target } from './target';
