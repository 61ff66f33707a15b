import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildModel, createParser, type CudaParser, type FileModel } from '../../../server/src/analysis';

export const root = path.resolve(__dirname, '../../..');
const resolve = createRequire(path.join(root, 'package.json')).resolve;

let parser: Promise<CudaParser> | undefined;

export function sharedParser(): Promise<CudaParser> {
  parser ??= createParser({
    runtimeWasm: readFileSync(resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammarWasm: readFileSync(
      path.join(path.dirname(resolve('tree-sitter-cuda/package.json')), 'tree-sitter-cuda.wasm'),
    ),
  });
  return parser;
}

export async function modelOf(text: string): Promise<FileModel> {
  const document = (await sharedParser()).parse(text);
  try {
    return buildModel(document);
  } finally {
    document.dispose();
  }
}
