/** Checks many files on all cores: a few processes take one file after another, and the answers come in the files' order. */
import os from 'node:os';
import path from 'node:path';
import type { Settings } from '../../../protocol/src';
import { bundleFolder } from '../assets';
import { startWorker, type Worker } from '../process';
import type { Toolkit } from '../toolchain';
import type { CheckOutcome } from '../handlers/check';
import type { WorkerAnswer, WorkerOrder } from './check-worker';

export interface PoolOptions {
  readonly settings: Settings;
  readonly toolkit: Toolkit | undefined;
  readonly signal: AbortSignal;
}

export async function* checkInParallel(files: readonly string[], options: PoolOptions): AsyncGenerator<CheckOutcome> {
  const pool = new Pool(files, options);
  try {
    for (const file of files) {
      const outcome = await pool.outcomeOf(file);
      if (outcome === undefined) return;
      yield outcome;
    }
  } finally {
    pool.stop();
  }
}

class Pool {
  readonly #waiting = new Map<string, (outcome: CheckOutcome | undefined) => void>();
  readonly #outcomes = new Map<string, Promise<CheckOutcome | undefined>>();
  readonly #queue: string[];
  readonly #workers = new Set<Worker>();
  #stopped = false;

  constructor(
    files: readonly string[],
    private readonly options: PoolOptions,
  ) {
    this.#queue = [...files];
    for (const file of files) this.#outcomes.set(file, new Promise((resolve) => this.#waiting.set(file, resolve)));
    options.signal.addEventListener('abort', () => this.stop(), { once: true });
    const count = Math.min(os.availableParallelism(), files.length);
    for (let i = 0; i < count; i++) this.#start();
  }

  /** Undefined when the check was stopped. */
  outcomeOf(file: string): Promise<CheckOutcome | undefined> {
    return this.#outcomes.get(file) ?? Promise.resolve(undefined);
  }

  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.kill();
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }

  #start(): void {
    let current: string | undefined;
    const next = () => {
      current = this.#queue.shift();
      if (current === undefined) worker.kill();
      else worker.send({ kind: 'check', file: current } satisfies WorkerOrder);
    };
    const worker = startWorker(path.join(bundleFolder, 'check-worker.js'), [], {
      onMessage: (message) => {
        const { file, outcome } = message as WorkerAnswer;
        this.#settle(file, outcome);
        next();
      },
      onExit: ({ code, signal, stderr }) => {
        this.#workers.delete(worker);
        if (current === undefined || this.#stopped) return;
        // One file that ends a process must not cost the others.
        const why = stderr.trim().split('\n').at(-1) ?? '';
        const how = `the check of this file ended unexpectedly (${signal ?? `code ${code ?? '?'}`})`;
        this.#settle(current, { problems: [], warnings: [`${current}: ${how}${why === '' ? '' : `: ${why}`}`] });
        this.#start();
      },
    });
    this.#workers.add(worker);
    const { settings, toolkit } = this.options;
    worker.send({ kind: 'setUp', settings, toolkit } satisfies WorkerOrder);
    next();
  }

  #settle(file: string, outcome: CheckOutcome): void {
    this.#waiting.get(file)?.(outcome);
    this.#waiting.delete(file);
  }
}
