/**
 * CUDA source in, syntax trees out. Never throws on broken code: what cannot be parsed is marked `broken`.
 */
import { Language, Parser } from 'web-tree-sitter';
import { TypeTable } from './convert';
import { ParsedDocument } from './document';

export { ParsedDocument, type TextEdit } from './document';
export { SyntaxNode, Unit, type Condition, type UnitContext } from './node';
export { maskGrammarGaps } from './mask';

/** The bytes of `web-tree-sitter.wasm` and `tree-sitter-cuda.wasm`; the caller reads them, this room opens no files. */
export interface ParserFiles {
  readonly runtimeWasm: Uint8Array;
  readonly grammarWasm: Uint8Array;
}

export interface CudaParser {
  /** `origin`: where the positions of an included file begin (see `model/imports.ts`). */
  parse(text: string, origin?: number): ParsedDocument;
  /** Frees the parser; its documents stay readable but can no longer be edited. */
  dispose(): void;
}

let runtime: Promise<void> | undefined;

export async function createParser({ runtimeWasm, grammarWasm }: ParserFiles): Promise<CudaParser> {
  // The runtime is one a process: a second module would leave the first one's trees behind.
  runtime ??= Parser.init({ wasmBinary: runtimeWasm });
  await runtime;
  const language = await Language.load(grammarWasm);
  const parser = new Parser();
  parser.setLanguage(language);
  const table = new TypeTable(language);
  return {
    parse: (text, origin) => new ParsedDocument({ parser, language, table }, text, origin),
    dispose: () => parser.delete(),
  };
}
