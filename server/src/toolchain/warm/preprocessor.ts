/** A preprocessor started ahead of time: it has read the preamble's macros and waits for the text that follows. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startStream } from '../../process';
import { parseNvccOutput, type CompilerMessage } from '../messages';
import { makeFifo, openWriteEndWhenRead } from './fifo';

const outputLimit = 64 * 1024 * 1024;

export interface Preprocessed {
  readonly text: string;
  readonly messages: readonly CompilerMessage[];
  readonly failed: boolean;
}

export interface WaitingPreprocessor {
  /** Preprocesses `rest`; can be called once. Undefined when `signal` ended it. */
  finish(rest: string, signal: AbortSignal): Promise<Preprocessed | undefined>;
  kill(): Promise<unknown>;
}

/**
 * Starts it. A preprocessor reads its main file before anything else, so the text that is not known yet is a FIFO that the main
 * file includes: opening it blocks after the macros are read. `folder` is its own, to write in; it goes with the process.
 */
export async function startPreprocessor(
  {
    executable,
    args,
    searchPath,
  }: { readonly executable: string; readonly args: readonly string[]; readonly searchPath: string },
  macros: string,
  folder: string,
): Promise<WaitingPreprocessor> {
  const fifo = path.join(folder, 'rest.fifo');
  const main = path.join(folder, 'main.cu');
  await Promise.all([makeFifo(fifo), writeFile(main, `#include "${fifo}"\n`)]);
  const process = startStream(executable, [...withoutForcedIncludes(args), '-undef', '-imacros', macros, main], {
    cwd: folder,
    env: { TMPDIR: folder, PATH: searchPath },
    outputLimit,
  });
  let ended = false;
  void process.result.then(() => {
    ended = true;
    return rm(folder, { recursive: true, force: true }).catch(() => undefined);
  });
  const isOurs = (file: string | undefined) => file?.startsWith(`${folder}${path.sep}`) === true;
  return {
    async finish(rest, signal) {
      const abort = () => process.kill();
      signal.addEventListener('abort', abort, { once: true });
      try {
        (await openWriteEndWhenRead(fifo, () => ended))?.end(rest);
        const result = await process.result;
        if (signal.aborted) return undefined;
        if (result.status !== 'exited' || result.truncated)
          throw new Error(`the rest could not be preprocessed (${result.status})`);
        const messages = parseNvccOutput(result.stderr)
          .filter(({ file }) => !isOurs(file))
          .map((message) => ({ ...message, related: message.related.filter(({ file }) => !isOurs(file)) }));
        const failed = result.code !== 0;
        return { text: failed ? '' : withoutMarkersOf(folder, result.stdout), messages, failed };
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    kill: () => {
      process.kill();
      return process.result;
    },
  };
}

/** `-include cuda_runtime.h` is part of the preamble already. */
function withoutForcedIncludes(args: readonly string[]): string[] {
  return args.filter((argument, index) => argument !== '-include' && args[index - 1] !== '-include');
}

/** Nobody but us knows of the main file and the FIFO: the rest stands where the user wrote it. */
function withoutMarkersOf(folder: string, text: string): string {
  const entering = text.indexOf(`# 1 "${folder}${path.sep}rest.fifo" 1`);
  if (entering < 0) throw new Error('the preprocessor does not mark the rest of the text');
  const start = text.indexOf('\n', entering) + 1;
  const leaving = text.lastIndexOf(`\n# 2 "${folder}${path.sep}main.cu" 2`);
  return text.slice(start, leaving < start ? undefined : leaving + 1);
}
