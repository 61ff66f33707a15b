import path from 'node:path';
import { buildModel, createParser, type CudaParser, type FileModel } from '../../../server/src/analysis';
import { parserFiles } from '../../support/parser-files';

export const root = path.resolve(__dirname, '../../..');

let parser: Promise<CudaParser> | undefined;

export async function sharedParser(): Promise<CudaParser> {
  parser ??= parserFiles().then(createParser);
  // Lets the test runner's messages through: hundreds of tests without a pause look like one that hangs.
  await new Promise((resolve) => setImmediate(resolve));
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
