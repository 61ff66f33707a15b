/**
 * nvcc's answer about a text in a fraction of nvcc's time. Nearly all of that time goes into headers; so the preamble is
 * preprocessed once, and one process of each front end parses it *before* the answer is wanted. When it is, gcc
 * preprocesses the few lines that are left (with the preamble's macros, so that nothing of the preprocessor is imitated)
 * and the waiting front ends read them.
 */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runProcess, type ProcessResult } from '../../process';
import { parseFrontEndSarif, parseNvccOutput, type CompilerMessage } from '../messages';
import { commonArguments, lineDirective } from '../nvcc-arguments';
import type { Toolkit } from '../types';
import { parseDryrun } from './dryrun';
import { startFrontEnd, type WarmFrontEnd } from './front-end';
import { passesOf, type Pass } from './passes';
import { splitAtLastInclude, type SplitSource } from './preamble';

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

/** One pass with its preamble preprocessed. */
interface PreparedPass {
  readonly pass: Pass;
  readonly folder: string;
  readonly preprocessed: string;
  /** Definitions alive at the end of the preamble. */
  readonly macros: string;
}

type Preparation =
  | { readonly ready: readonly PreparedPass[]; readonly headers: ReadonlyMap<string, number> }
  /** The preamble itself does not preprocess: gcc's words are the answer. */
  | { readonly messages: readonly CompilerMessage[] };

const stepTimeLimitMs = 60_000;
/** Macros every preprocessor predefines even with -undef; defining them again would only warn. */
const predefined = /^#define (?:__STDC\w*|__cplusplus)\b/;

export class WarmChecker {
  #folder: Promise<string> | undefined;
  #preamble: string | undefined;
  #preparation: Promise<Preparation> | undefined;
  #frontEnds: Promise<WarmFrontEnd[]> | undefined;
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
      (preparation) => this.#startFrontEnds(preparation),
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
    if (split.lines === 0 && /^[ \t]*#[ \t]*include/m.test(text)) {
      return { status: 'unavailable', reason: 'an #include stands in a conditional that never ends' };
    }
    const preparation = await this.#prepare(split);
    if (signal.aborted) return { status: 'cancelled' };
    if ('messages' in preparation) return { status: 'ok', messages: preparation.messages };
    const frontEnds = await this.#startFrontEnds(preparation);
    const rests = await Promise.all(preparation.ready.map((prepared) => this.#preprocessRest(prepared, split, signal)));
    // Nothing has been fed yet: the warm processes serve the next text.
    if (signal.aborted) return { status: 'cancelled' };
    const failed = rests.find((rest) => rest.failed);
    if (failed !== undefined) return { status: 'ok', messages: failed.messages };

    this.#frontEnds = undefined;
    const abort = () => frontEnds.forEach((frontEnd) => void frontEnd.kill());
    signal.addEventListener('abort', abort, { once: true });
    try {
      const answers = frontEnds.map(async (frontEnd, index) => {
        const result = await frontEnd.finish(rests[index]?.text ?? '');
        const rest = rests[index];
        const messages = [...(rest?.messages ?? []), ...messagesOf(result, preparation.ready[index], rest?.text ?? '')];
        if (preparation.ready[index]?.pass.name === 'host' && !signal.aborted) onHost?.(messages);
        return { result, messages };
      });
      const done = await Promise.all(answers);
      if (signal.aborted) return { status: 'cancelled' };
      const crashed = done.find(({ result }) => result.status !== 'exited');
      if (crashed !== undefined)
        return { status: 'unavailable', reason: `${crashed.result.command}: ${crashed.result.status}` };
      const silent = done.find(
        ({ result, messages }) => result.status === 'exited' && result.code !== 0 && !messages.some(isError),
      );
      if (silent !== undefined)
        return { status: 'unavailable', reason: `${silent.result.command} failed without a message` };
      return { status: 'ok', messages: done.flatMap(({ messages }) => messages) };
    } finally {
      signal.removeEventListener('abort', abort);
      // The next keystroke finds a warm pair again.
      void this.#startFrontEnds(preparation).catch(() => undefined);
    }
  }

  #prepare(split: SplitSource): Promise<Preparation> {
    const current = this.#preparation;
    if (current !== undefined && this.#preamble === split.preamble) {
      return current.then(async (preparation) =>
        'ready' in preparation && (await haveChanged(preparation.headers)) ? this.#prepareAnew(split) : preparation,
      );
    }
    return this.#prepareAnew(split);
  }

  #prepareAnew(split: SplitSource): Promise<Preparation> {
    void this.#forget();
    this.#preamble = split.preamble;
    this.#preparation = this.#preprocessPreamble(split);
    this.#preparation.catch(() => undefined);
    return this.#preparation;
  }

  /** Resolves when the waiting processes have ended. */
  #forget(): Promise<unknown> {
    const ended = this.#frontEnds?.then(
      (frontEnds) => Promise.all(frontEnds.map((frontEnd) => frontEnd.kill())),
      () => undefined,
    );
    this.#frontEnds = undefined;
    this.#preparation = undefined;
    this.#preamble = undefined;
    return ended ?? Promise.resolve();
  }

  async #preprocessPreamble(split: SplitSource): Promise<Preparation> {
    const { toolkit, file, architecture, flags } = this.options;
    this.#folder ??= mkdtemp(path.join(os.tmpdir(), 'kernel-lens-warm-'));
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

    const ready: PreparedPass[] = [];
    const headers = new Map<string, number>();
    for (const pass of [passes.host, passes.device]) {
      const passFolder = path.join(folder, pass.name);
      await mkdir(passFolder);
      const text = path.join(passFolder, 'preamble.ii');
      const macros = path.join(passFolder, 'macros.h');
      const { executable, args } = pass.preprocess;
      const [preprocess, define] = await Promise.all([
        runProcess(executable, [...args, source, '-o', text], limits),
        runProcess(executable, [...args, '-dM', source, '-o', macros], limits),
      ]);
      if (preprocess.status !== 'exited' || define.status !== 'exited')
        throw new Error('the preamble could not be preprocessed');
      if (preprocess.code !== 0) return { messages: parseNvccOutput(preprocess.stderr) };
      const defined = await readFile(macros, 'utf8');
      await writeFile(
        macros,
        defined
          .split('\n')
          .filter((line) => !predefined.test(line))
          .join('\n'),
      );
      const preprocessed = await readFile(text, 'utf8');
      for (const header of ownHeaders(preprocessed)) headers.set(header, await modified(header));
      ready.push({ pass, folder: passFolder, preprocessed, macros });
    }
    return { ready, headers };
  }

  #startFrontEnds(preparation: Preparation): Promise<WarmFrontEnd[]> {
    if ('messages' in preparation || this.#disposed) return Promise.resolve([]);
    if (this.#frontEnds === undefined) {
      const starting = Promise.all(
        preparation.ready.map(async ({ pass, folder, preprocessed }) => {
          const own = path.join(folder, `run-${this.#count++}`);
          await mkdir(own);
          return startFrontEnd(pass.frontEnd, preprocessed, own);
        }),
      );
      starting.catch(() => undefined);
      this.#frontEnds = starting;
    }
    return this.#frontEnds;
  }

  async #preprocessRest(prepared: PreparedPass, split: SplitSource, signal: AbortSignal) {
    const { executable, args } = prepared.pass.preprocess;
    const source = path.join(prepared.folder, 'rest.cu');
    const input = `${lineDirective(split.lines + 1, this.options.file)}\n${split.remainder}\n`;
    await writeFile(source, input);
    const result = await runProcess(
      executable,
      [...withoutForcedIncludes(args), '-undef', '-imacros', prepared.macros, source],
      {
        cwd: prepared.folder,
        timeLimitMs: stepTimeLimitMs,
        outputLimit: 64 * 1024 * 1024,
        signal,
      },
    );
    if (result.status === 'cancelled') return { text: '', messages: [], failed: false };
    if (result.status !== 'exited' || result.truncated)
      throw new Error(`the rest could not be preprocessed (${result.status})`);
    const messages = parseNvccOutput(result.stderr).filter(({ file }) => file?.startsWith(prepared.folder) !== true);
    return { text: result.stdout, messages, failed: result.code !== 0 };
  }
}

function messagesOf(result: ProcessResult, prepared: PreparedPass | undefined, rest: string): CompilerMessage[] {
  const text = `${result.stdout}\n${result.stderr}`;
  // The lines behind the columns are looked up for erroneous texts only.
  let lines: Map<string, string> | undefined;
  const lineAt = (file: string, line: number): string | undefined => {
    lines ??= preprocessedLines([prepared?.preprocessed ?? '', rest]);
    return lines.get(`${file}:${line}`);
  };
  return parseFrontEndSarif(text, lineAt) ?? parseNvccOutput(text);
}

function isError(message: CompilerMessage): boolean {
  return message.severity === 'error';
}

/** `-include cuda_runtime.h` is part of the preamble already. */
function withoutForcedIncludes(args: readonly string[]): string[] {
  return args.filter((argument, index) => argument !== '-include' && args[index - 1] !== '-include');
}

/** Every line of preprocessed texts by the place its line markers give it. */
function preprocessedLines(texts: readonly string[]): Map<string, string> {
  const lines = new Map<string, string>();
  for (const text of texts) {
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
  }
  return lines;
}

/** The files a preprocessed text came from, system headers (line marker flag 3) aside. */
function ownHeaders(preprocessed: string): Set<string> {
  const files = new Set<string>();
  for (const match of preprocessed.matchAll(/^# \d+ "((?:[^"\\]|\\.)*)"((?: \d)*)$/gm)) {
    const file = (match[1] ?? '').replace(/\\(.)/g, '$1');
    if (!(match[2] ?? '').includes('3') && path.isAbsolute(file)) files.add(file);
  }
  return files;
}

async function modified(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function haveChanged(headers: ReadonlyMap<string, number>): Promise<boolean> {
  const now = await Promise.all([...headers].map(async ([file, before]) => (await modified(file)) !== before));
  return now.includes(true);
}
