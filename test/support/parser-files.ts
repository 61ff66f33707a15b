import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ParserFiles } from '../../server/src/analysis';

const require = createRequire(import.meta.url);

/** The parser's wasm files as the packages ship them, for tests that run from source. */
export async function parserFiles(): Promise<ParserFiles> {
  const grammar = path.join(path.dirname(require.resolve('tree-sitter-cuda/package.json')), 'tree-sitter-cuda.wasm');
  const [runtimeWasm, grammarWasm] = await Promise.all([
    readFile(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    readFile(grammar),
  ]);
  return { runtimeWasm, grammarWasm };
}
