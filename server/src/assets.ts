/** Files that travel beside the bundle. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The folder of the running bundle; `dist/` in an installed extension. */
export const bundleFolder = __dirname;

export async function readParserAssets(
  folder: string = bundleFolder,
): Promise<{ runtimeWasm: Uint8Array; grammarWasm: Uint8Array }> {
  const [runtimeWasm, grammarWasm] = await Promise.all([
    readFile(path.join(folder, 'web-tree-sitter.wasm')),
    readFile(path.join(folder, 'tree-sitter-cuda.wasm')),
  ]);
  return { runtimeWasm, grammarWasm };
}
