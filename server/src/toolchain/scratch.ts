import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makePrivateFolder } from '../process';
import { lineDirective } from './nvcc-arguments';

/** A private temporary folder holding one source text under its own name, for a compiler to read. */
export interface Scratch {
  readonly folder: string;
  readonly source: string;
  dispose(): Promise<void>;
}

/**
 * Writes the editor's text beside nothing of the user's: the compiler reads a copy that names the original through a
 * `#line` directive. Throws what the file system throws (a full disk, say), which `diskMessage` tells.
 */
export async function writeScratch(file: string, text: string): Promise<Scratch> {
  const folder = await makePrivateFolder('source');
  const dispose = () => rm(folder, { recursive: true, force: true, maxRetries: 2 });
  try {
    // Always .cu: nvcc compiles headers only by that name.
    const source = path.join(folder, 'source.cu');
    await mkdir(path.join(folder, 'tmp'));
    await writeFile(source, `${lineDirective(1, file)}\n${text}${text.endsWith('\n') ? '' : '\n'}`);
    return { folder, source, dispose };
  } catch (error) {
    await dispose().catch(() => undefined);
    // A write does not say of itself where it failed.
    throw error instanceof Error ? Object.assign(error, { path: path.join(folder, 'source.cu') }) : error;
  }
}
