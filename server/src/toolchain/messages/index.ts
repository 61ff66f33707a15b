export type { CompilerMessage, RelatedMessage } from './types';
export { parseNvccOutput } from './parse';
export { alignCaret, type ColumnRange } from './align';
export { parseFrontEndSarif, type PreprocessedLine } from './sarif';
export { parseResourceUsage, type ResourceUsage } from './resources';
