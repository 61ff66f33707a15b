import path from 'node:path';
import { buildModel, createParser, type CudaParser, type FileModel } from '../../../server/src/analysis';
import { parserFiles } from '../../support/parser-files';

export const root = path.resolve(__dirname, '../../..');

let parser: Promise<CudaParser> | undefined;

export function sharedParser(): Promise<CudaParser> {
  parser ??= parserFiles().then(createParser);
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
