/** One pass of a compilation, ready to answer: a preprocessor and a front end that have read the preamble and wait. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseFrontEndSarif, parseNvccOutput, type CompilerMessage } from '../messages';
import { startFrontEnd, type WarmFrontEnd } from './front-end';
import type { Pass } from './passes';
import { startPreprocessor, type Preprocessed, type WaitingPreprocessor } from './preprocessor';

/** A pass with its preamble preprocessed. */
export interface PreparedPass {
  readonly pass: Pass;
  readonly folder: string;
  readonly preprocessed: string;
  /** File with the definitions alive at the end of the preamble. */
  readonly macros: string;
}

/** The preprocessor failed: its words are all there is, of either pass. */
interface Stopped {
  readonly status: 'stopped';
  readonly messages: readonly CompilerMessage[];
}

export type PassAnswer =
  | { readonly status: 'answered'; readonly messages: readonly CompilerMessage[] }
  | Stopped
  | { readonly status: 'cancelled' };

/** A text with errors is `stopped`: what they are, nvcc says better. */
export type Translation =
  { readonly status: 'translated'; readonly output: string } | Stopped | { readonly status: 'cancelled' };

export class WaitingPass {
  #preprocessor: Promise<WaitingPreprocessor> | undefined;
  #frontEnd: Promise<WarmFrontEnd> | undefined;
  #count = 0;
  #disposed = false;

  constructor(private readonly prepared: PreparedPass) {}

  get name(): Pass['name'] {
    return this.prepared.pass.name;
  }

  /** Starts what is not waiting already. */
  warm(): void {
    if (this.#disposed) return;
    const { pass, preprocessed, macros } = this.prepared;
    const { searchPath } = pass;
    this.#frontEnd ??= this.#ownFolder().then((folder) =>
      startFrontEnd({ ...pass.frontEnd, searchPath }, preprocessed, folder),
    );
    this.#preprocessor ??= this.#ownFolder().then((folder) =>
      startPreprocessor({ ...pass.preprocess, searchPath }, macros, folder),
    );
    // Whoever asks next is told.
    this.#frontEnd.catch(() => undefined);
    this.#preprocessor.catch(() => undefined);
  }

  /** What the pass says of a text that goes on with `rest`. Throws where it does not apply. */
  answer(rest: string, signal: AbortSignal): Promise<PassAnswer> {
    return this.#feed(rest, signal, async (frontEnd, { text, messages }): Promise<PassAnswer> => {
      const said = await frontEnd.finish(text);
      if (signal.aborted) return { status: 'cancelled' };
      return { status: 'answered', messages: [...messages, ...this.#messagesOf(said, text)] };
    });
  }

  /** What the pass makes of a text that goes on with `rest`: the file it wrote, which is then the caller's. */
  translate(rest: string, signal: AbortSignal): Promise<Translation> {
    return this.#feed(rest, signal, async (frontEnd, { text }): Promise<Translation> => {
      const result = await frontEnd.complete(text);
      if (signal.aborted) return { status: 'cancelled' };
      if (result.status === 'exited' && result.code === 0) return { status: 'translated', output: frontEnd.output };
      await rm(frontEnd.output, { force: true });
      return { status: 'stopped', messages: [] };
    });
  }

  async #feed<Answer>(
    rest: string,
    signal: AbortSignal,
    finish: (frontEnd: WarmFrontEnd, preprocessed: Preprocessed) => Promise<Answer>,
  ): Promise<Answer | Stopped | { readonly status: 'cancelled' }> {
    this.warm();
    const preprocessor = this.#preprocessor;
    this.#preprocessor = undefined;
    const preprocessed = await (await preprocessor)?.finish(rest, signal);
    // Nothing has been fed yet: the front end serves the next text.
    if (preprocessed === undefined || signal.aborted) return { status: 'cancelled' };
    if (preprocessed.failed) return { status: 'stopped', messages: preprocessed.messages };

    const starting = this.#frontEnd;
    this.#frontEnd = undefined;
    const frontEnd = await starting;
    if (frontEnd === undefined) return { status: 'cancelled' };
    const abort = () => void frontEnd.kill();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await finish(frontEnd, preprocessed);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Resolves when the waiting processes have ended. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const waiting = [this.#preprocessor, this.#frontEnd];
    this.#preprocessor = undefined;
    this.#frontEnd = undefined;
    await Promise.all(
      waiting.map(async (started) => {
        const one = await started?.catch(() => undefined);
        await one?.kill();
      }),
    );
  }

  async #ownFolder(): Promise<string> {
    const folder = path.join(this.prepared.folder, `run-${this.#count++}`);
    await mkdir(folder);
    return folder;
  }

  #messagesOf(said: string, rest: string): readonly CompilerMessage[] {
    // The lines behind the columns are looked up for erroneous texts only, and in the preamble's many for few of those.
    const sources = [rest, this.prepared.preprocessed];
    const lines: Map<string, string>[] = [];
    const lineAt = (file: string, line: number): string | undefined => {
      for (const [index, source] of sources.entries()) {
        const found = (lines[index] ??= preprocessedLines(source)).get(`${file}:${line}`);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const messages = parseFrontEndSarif(said, lineAt);
    if (messages !== undefined) return messages;
    const others = parseNvccOutput(said);
    if (!others.some(({ severity }) => severity === 'error')) throw new Error(`not an answer: ${said.slice(0, 200)}`);
    return others;
  }
}

/** Every line of a preprocessed text by the place its line markers give it. */
function preprocessedLines(text: string): Map<string, string> {
  const lines = new Map<string, string>();
  let file = '';
  let line = 0;
  for (const content of text.split('\n')) {
    const marker = /^# (\d+) "((?:[^"\\]|\\.)*)"/.exec(content);
    if (marker !== null) {
      file = (marker[2] ?? '').replace(/\\(.)/g, '$1');
      line = Number(marker[1]);
    } else {
      lines.set(`${file}:${line++}`, content);
    }
  }
  return lines;
}
