import { readFile } from 'node:fs/promises';

/** A source's text as an editor has it: without a byte order mark, which nvcc passes over only where a file begins. */
export async function readSource(file: string): Promise<string> {
  const bytes = await readFile(file);
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new Error('it is encoded in UTF-16, which nvcc does not understand: save it in UTF-8');
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
