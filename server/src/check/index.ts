export type { Position, Problem, Range, RelatedPlace } from './types';
export { isNew, placeMessages, type PlaceOptions, type SourceTexts } from './place';
export { compilerProblems, kernelWithSymbol, type CheckedText, type CompilerContext } from './compiler';
export { lintProblems } from './lint';
export { lineIndex, type LineIndex } from './lines';
