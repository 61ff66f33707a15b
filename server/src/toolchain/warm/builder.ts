/**
 * nvcc's cubin of a text in a fraction of nvcc's time: a device front end that has parsed the preamble waits, translates
 * the few lines that are left to PTX, and ptxas does the rest. Nothing of it is documented, so it is believed only where
 * it gave, byte by byte, what nvcc gave for a text with the same preamble.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makePrivateFolder, runProcess } from '../../process';
import { lineDirective } from '../nvcc-arguments';
import type { Toolkit } from '../types';
import { parseDryrun } from './dryrun';
import { haveChanged, includedFiles, timesOf, type FileTimes } from './headers';
import { inputPlaceholder, outputPlaceholder } from './front-end';
import { buildStepsOf, type BuildSteps } from './passes';
import { hasUnreadIncludes, splitAtLastInclude, type SplitSource } from './preamble';
import { preparePass, stepTimeLimitMs } from './prepare';
import { WaitingPass } from './waiting-pass';

export interface WarmBuildOptions {
  readonly toolkit: Toolkit;
  /** Absolute path the text belongs to. */
  readonly file: string;
  /** What follows `nvcc`: `-cubin` and everything else, source and outputs aside. */
  readonly args: readonly string[];
}

export type WarmBuild =
  | { readonly status: 'ok'; readonly image: Uint8Array; readonly dependencies: readonly string[] }
  | { readonly status: 'cancelled' }
  /** Ask nvcc. The reason is for tests and logs. */
  | { readonly status: 'unavailable'; readonly reason: string };

interface Prepared {
  readonly preamble: string;
  readonly folder: string;
  readonly pass: WaitingPass;
  readonly steps: BuildSteps;
  readonly files: FileTimes;
}

/** What a preprocessor started in the middle of a text cannot know, and what changes from one moment to the next. */
const unlike = /\b(?:__COUNTER__|__BASE_FILE__|__INCLUDE_LEVEL__|__DATE__|__TIME__|__TIMESTAMP__|pop_macro)\b/;

export class WarmBuilder {
  #folder: Promise<string> | undefined;
  #prepared: Prepared | undefined;
  #count = 0;
  #disposed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: WarmBuildOptions) {}

  /** How the device front end is fed is Linux's. */
  static get supported(): boolean {
    return process.platform === 'linux';
  }

  /** Builds at once where a text with this preamble was built before, and says so where not. */
  async build(text: string, signal: AbortSignal): Promise<WarmBuild> {
    const prepared = this.#prepared;
    const split = splitAtLastInclude(text);
    if (prepared === undefined) return { status: 'unavailable', reason: 'nothing waits' };
    if (split.preamble !== prepared.preamble) return { status: 'unavailable', reason: 'the preamble is another' };
    if (unlike.test(text)) return { status: 'unavailable', reason: 'the text asks for what only a whole text tells' };
    if (await haveChanged(prepared.files)) {
      this.#forget();
      return { status: 'unavailable', reason: 'a header has changed' };
    }
    return this.#translate(prepared, split, signal);
  }

  /** Starts what the next build needs, where it does not wait already. */
  warm(): void {
    this.#prepared?.pass.warm();
  }

  /**
   * Gets ready for texts with this one's preamble. `image` is what nvcc made of this text: unless the waiting front end
   * makes the same of it, it is not used. Answers why not, else undefined.
   */
  prepare(text: string, image: Uint8Array): Promise<string | undefined> {
    const next = this.#queue.then(() => this.#prepare(text, image));
    this.#queue = next;
    return next;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#forget();
    await this.#queue;
    this.#forget();
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }

  async #prepare(text: string, image: Uint8Array): Promise<string | undefined> {
    const split = splitAtLastInclude(text);
    if (this.#disposed) return 'disposed';
    if (hasUnreadIncludes(split, text) || unlike.test(text)) return 'the text asks for what only a whole text tells';
    if (this.#prepared?.preamble === split.preamble && !(await haveChanged(this.#prepared.files))) return undefined;
    this.#forget();
    let prepared: Prepared | undefined;
    try {
      prepared = await this.#read(split);
      const built = await this.#translate(prepared, split, new AbortController().signal);
      const reason = built.status === 'ok' ? compare(built.image, image) : 'it does not build';
      if (reason !== undefined || this.#disposed) {
        void prepared.pass.dispose();
        return reason ?? 'disposed';
      }
      this.#prepared = prepared;
      prepared.pass.warm();
      return undefined;
    } catch (error) {
      void prepared?.pass.dispose();
      return error instanceof Error ? error.message : String(error);
    }
  }

  #forget(): void {
    void this.#prepared?.pass.dispose();
    this.#prepared = undefined;
  }

  async #read(split: SplitSource): Promise<Prepared> {
    const { toolkit, file, args } = this.options;
    this.#folder ??= makePrivateFolder('build');
    const folder = path.join(await this.#folder, `preamble-${this.#count++}`);
    await mkdir(folder, { recursive: true });
    // Named as the copy that nvcc reads, because the name is part of names in the object.
    const source = path.join(folder, 'source.cu');
    await writeFile(source, `${lineDirective(1, file)}\n${split.preamble}`);
    const limits = { cwd: folder, timeLimitMs: stepTimeLimitMs, env: { TMPDIR: folder } };
    const dryrun = await runProcess(
      toolkit.nvcc,
      ['--dryrun', ...args, '-o', path.join(folder, 'kernel.cubin'), source],
      limits,
    );
    const parsed = dryrun.status === 'exited' && dryrun.code === 0 ? parseDryrun(dryrun.stderr) : undefined;
    const steps = parsed === undefined ? undefined : buildStepsOf(parsed);
    if (steps === undefined) throw new Error('nvcc --dryrun does not look as expected');
    const prepared = await preparePass(steps.pass, source, path.join(folder, 'device'), limits);
    if ('messages' in prepared) throw new Error('the preamble does not preprocess');
    const own = [...includedFiles(prepared.preprocessed, { system: true })].filter(
      (name) => name !== file && !name.startsWith(folder) && !name.startsWith(toolkit.root),
    );
    const pass = new WaitingPass(prepared);
    return { preamble: split.preamble, folder, pass, steps, files: await timesOf(own) };
  }

  async #translate(prepared: Prepared, split: SplitSource, signal: AbortSignal): Promise<WarmBuild> {
    const { pass, steps, folder, files } = prepared;
    const rest = `${lineDirective(split.lines + 1, this.options.file)}\n${split.remainder}\n`;
    const image = path.join(folder, `kernel-${this.#count++}.cubin`);
    let ptx: string | undefined;
    try {
      const translation = await pass.translate(rest, signal);
      if (translation.status === 'cancelled') return translation;
      if (translation.status === 'stopped') return { status: 'unavailable', reason: 'the text has errors' };
      ptx = translation.output;
      const input = ptx;
      const assembled = await runProcess(
        steps.assembler.executable,
        steps.assembler.args.map((argument) => {
          return argument === inputPlaceholder ? input : argument === outputPlaceholder ? image : argument;
        }),
        { cwd: folder, env: { TMPDIR: folder, PATH: steps.pass.searchPath }, timeLimitMs: stepTimeLimitMs, signal },
      );
      if (assembled.status === 'cancelled') return { status: 'cancelled' };
      if (assembled.status !== 'exited' || assembled.code !== 0)
        return { status: 'unavailable', reason: `ptxas: ${assembled.stderr.trim() || assembled.status}` };
      return { status: 'ok', image: await readFile(image), dependencies: [...files.keys()] };
    } catch (error) {
      return { status: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      for (const name of [ptx, image]) if (name !== undefined) await rm(name, { force: true });
    }
  }
}

/** Names of internal symbols carry a hash of the source's path, which is another in each folder. */
function compare(warm: Uint8Array, cold: Uint8Array): string | undefined {
  const plain = (image: Uint8Array) =>
    Buffer.from(image)
      .toString('latin1')
      .replace(/_[0-9a-f]{8}_(?=9_source_cu_)/g, '_00000000_');
  return plain(warm) === plain(cold) ? undefined : 'it differs from what nvcc makes';
}
