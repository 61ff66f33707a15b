/**
 * nvcc's answer about a text in a fraction of nvcc's time. Nearly all of that time goes into headers; so the preamble is
 * preprocessed once, and one process of each front end parses it *before* the answer is wanted. When it is, gcc
 * preprocesses the few lines that are left (with the preamble's macros, so that nothing of the preprocessor is imitated)
 * and the waiting front ends read them.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makePrivateFolder, runProcess } from '../../process';
import type { CompilerMessage } from '../messages';
import { commonArguments, lineDirective } from '../nvcc-arguments';
import type { Toolkit } from '../types';
import { parseDryrun } from './dryrun';
import { haveChanged, includedFiles, timesOf, type FileTimes } from './headers';
import { passesOf } from './passes';
import { hasUnreadIncludes, splitAtLastInclude, type SplitSource } from './preamble';
import { preparePass, stepTimeLimitMs } from './prepare';
import { WaitingPass } from './waiting-pass';

export interface WarmOptions {
  readonly toolkit: Toolkit;
  /** Absolute path the text belongs to. */
  readonly file: string;
  readonly architecture: string | undefined;
  readonly flags: readonly string[];
}

export type WarmAnswer =
  | { readonly status: 'ok'; readonly messages: readonly CompilerMessage[] }
  | { readonly status: 'cancelled' }
  /** Does not apply here; the caller asks nvcc itself. The reason is for the log. */
  | { readonly status: 'unavailable'; readonly reason: string };

type Preparation =
  | { readonly passes: readonly WaitingPass[]; readonly headers: FileTimes }
  /** The preamble itself does not preprocess: gcc's words are the answer. */
  | { readonly messages: readonly CompilerMessage[] };

export class WarmChecker {
  #folder: Promise<string> | undefined;
  #preamble: string | undefined;
  #preparation: Promise<Preparation> | undefined;
  #count = 0;
  #disposed = false;

  constructor(private readonly options: WarmOptions) {}

  /** Whether this machine can do it at all: the way the device front end is fed is Linux's. */
  static get supported(): boolean {
    return process.platform === 'linux';
  }

  /** Parses the preamble ahead, in the background. */
  warm(text: string): void {
    void this.#prepare(splitAtLastInclude(text)).then(
      (preparation) => warmAll(preparation),
      () => undefined,
    );
  }

  /** `onHost` gets the host pass's messages, which come before the device pass's. */
  async check(
    text: string,
    signal: AbortSignal,
    onHost?: (messages: readonly CompilerMessage[]) => void,
  ): Promise<WarmAnswer> {
    try {
      return await this.#check(text, signal, onHost);
    } catch (error) {
      void this.#forget();
      return { status: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#forget();
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }

  async #check(
    text: string,
    signal: AbortSignal,
    onHost: ((messages: readonly CompilerMessage[]) => void) | undefined,
  ): Promise<WarmAnswer> {
    const split = splitAtLastInclude(text);
    if (hasUnreadIncludes(split, text)) {
      return { status: 'unavailable', reason: 'an #include stands in a conditional that never ends' };
    }
    const preparation = await this.#prepare(split);
    if (signal.aborted) return { status: 'cancelled' };
    if ('messages' in preparation) return { status: 'ok', messages: preparation.messages };
    // The directive gives the rest its place in the file.
    const rest = `${lineDirective(split.lines + 1, this.options.file)}\n${split.remainder}\n`;
    const ask = async (pass: WaitingPass) => {
      const answer = await pass.answer(rest, signal);
      if (pass.name === 'host' && answer.status === 'answered') onHost?.(answer.messages);
      return answer;
    };
    try {
      const answers = await Promise.all(preparation.passes.map(ask));
      if (signal.aborted) return { status: 'cancelled' };
      const stopped = answers.find((answer) => answer.status === 'stopped');
      const counted = stopped === undefined ? answers : [stopped];
      return { status: 'ok', messages: counted.flatMap((answer) => ('messages' in answer ? answer.messages : [])) };
    } finally {
      // The next keystroke finds them warm again.
      warmAll(preparation);
    }
  }

  #prepare(split: SplitSource): Promise<Preparation> {
    const current = this.#preparation;
    if (current !== undefined && this.#preamble === split.preamble) {
      return current.then(async (preparation) =>
        'passes' in preparation && (await haveChanged(preparation.headers)) ? this.#prepareAnew(split) : preparation,
      );
    }
    return this.#prepareAnew(split);
  }

  #prepareAnew(split: SplitSource): Promise<Preparation> {
    if (this.#disposed) return Promise.reject(new Error('the front ends are no longer wanted'));
    void this.#forget();
    this.#preamble = split.preamble;
    this.#preparation = this.#preprocessPreamble(split);
    this.#preparation.catch(() => undefined);
    return this.#preparation;
  }

  /** Resolves when the waiting processes have ended. */
  #forget(): Promise<unknown> {
    const ended = this.#preparation?.then(
      (preparation) => ('passes' in preparation ? Promise.all(preparation.passes.map((pass) => pass.dispose())) : []),
      () => undefined,
    );
    this.#preparation = undefined;
    this.#preamble = undefined;
    return ended ?? Promise.resolve();
  }

  async #preprocessPreamble(split: SplitSource): Promise<Preparation> {
    const { toolkit, file, architecture, flags } = this.options;
    this.#folder ??= makePrivateFolder('warm');
    const folder = path.join(await this.#folder, `preamble-${this.#count++}`);
    await mkdir(folder, { recursive: true });
    const source = path.join(folder, 'preamble.cu');
    await writeFile(source, `${lineDirective(1, file)}\n${split.preamble}`);
    const limits = { cwd: folder, timeLimitMs: stepTimeLimitMs, env: { TMPDIR: folder } };
    const dryrun = await runProcess(
      toolkit.nvcc,
      [
        '--dryrun',
        '-c',
        ...(architecture === undefined ? [] : [`-arch=${architecture}`]),
        '-I',
        path.dirname(file),
        ...commonArguments(toolkit, flags),
        '--display-error-number',
        '-o',
        path.join(folder, 'out.o'),
        source,
      ],
      limits,
    );
    const passes = dryrun.status === 'exited' && dryrun.code === 0 ? passesOf(parseDryrun(dryrun.stderr)) : undefined;
    if (passes === undefined) throw new Error('nvcc --dryrun does not look as expected');

    const ready: WaitingPass[] = [];
    const headers = new Set<string>();
    for (const pass of [passes.host, passes.device]) {
      const prepared = await preparePass(pass, source, path.join(folder, pass.name), limits);
      if ('messages' in prepared) return prepared;
      for (const header of includedFiles(prepared.preprocessed, { system: false })) headers.add(header);
      ready.push(new WaitingPass(prepared));
    }
    return { passes: ready, headers: await timesOf(headers) };
  }
}

function warmAll(preparation: Preparation): void {
  if ('passes' in preparation) for (const pass of preparation.passes) pass.warm();
}
