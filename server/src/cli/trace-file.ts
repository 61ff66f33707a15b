/** `--trace`: the timeline of a program as a file, in the format that its name asks for. */
import { createWriteStream } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { chromeTrace, csvTrace, decodeTrace, type ProgramResult } from '../../../protocol/src';

export async function writeTrace(result: ProgramResult, to: string): Promise<void> {
  const { trace } = result;
  if (trace === undefined) {
    console.error(`${to} was not written: there is no trace.`);
    return;
  }
  if (to.endsWith('.kltrace')) return copyFile(trace.file, to);
  const data = decodeTrace(await promisify(gunzip)(await readFile(trace.file)));
  if (data === undefined) throw new Error(`${trace.file} is no trace.`);
  await pipeline(Readable.from(to.endsWith('.csv') ? csvTrace(data) : chromeTrace(data)), createWriteStream(to));
}
