/** The server's side of the GPU runner: one warm process, one job at a time, a fresh process after anything bad. */
import * as l10n from '@vscode/l10n';
import type { GpuDevice, GpuState } from '../../../../protocol/src';
import { bundledScript, startWorker, type Worker } from '../../process';
import { truncationNote } from '../backend';
import type { FromRunner, RunJob, ToRunner } from './messages';

/** What one job came to. */
export type JobOutcome = (
  | Extract<FromRunner, { type: 'measured' | 'failed' | 'noDriver' }>
  | { readonly type: 'cancelled' }
  | { readonly type: 'timedOut' }
  /** The process ended without an answer. */
  | { readonly type: 'crashed'; readonly stderr: string }
) & {
  /** What the kernel's first launch printed. */
  readonly printed: string;
};

export type DevicesOutcome = { readonly devices: readonly GpuDevice[] } | { readonly reason: string };

export interface JobOptions {
  readonly signal: AbortSignal;
  /** From the first launch on. */
  readonly timeLimitMs: number;
  readonly onOutput?: (text: string) => void;
}

type Ended = { readonly type: 'exited'; readonly stderr: string } | { readonly type: 'timedOut' };

interface Pending {
  readonly id: number;
  readonly settle: (answer: FromRunner | Ended) => void;
  readonly onLaunching: () => void;
  readonly onPrinted: (text: string, stream: 'stdout' | 'stderr') => void;
}

/** A process, and the one question it is busy with. */
interface Running {
  readonly worker: Worker;
  readonly exited: Promise<void>;
  alive: boolean;
  /** It has answered a question before this one. */
  warm: boolean;
  pending: Pending | undefined;
}

/** A warm process costs a context on the GPU (some hundred MB); it goes when nobody runs anything. */
const idleMs = 60_000;
/** Driver and context take a second at worst; a machine that takes this long will not come back. */
const startLimitMs = 60_000;
/** After a fault the process ends by itself, and with it everything it still had to print. */
const goodbyeMs = 5_000;

export class GpuRunner {
  #running: Running | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #nextId = 1;

  constructor(private readonly script = bundledScript('gpu-runner.js')) {}

  devices(): Promise<DevicesOutcome> {
    return this.#serialize(async () => {
      const answer = await this.#ask(this.#open(), { type: 'devices', id: this.#nextId++ }, startLimitMs);
      if (answer.type === 'devices') return { devices: answer.devices };
      if (answer.type === 'noDriver') return { reason: answer.reason };
      const why = answer.type === 'exited' ? lastLine(answer.stderr) : l10n.t('it did not answer');
      return { reason: l10n.t('The GPU runner could not start: {0}', why) };
    });
  }

  /** What each device is busy with, in the order of the devices; empty where it cannot be told. */
  states(): Promise<readonly GpuState[]> {
    return this.#serialize(async () => {
      const answer = await this.#ask(this.#open(), { type: 'states', id: this.#nextId++ }, startLimitMs);
      return answer.type === 'states' ? answer.states : [];
    });
  }

  /** Starts the process and makes the device's context, for a run that will follow a build. What goes wrong, the run tells. */
  prepare(device: number): void {
    void this.#serialize(() => this.#ask(this.#open(), { type: 'open', id: this.#nextId++, device }, startLimitMs));
  }

  run(job: Omit<RunJob, 'marker'>, options: JobOptions): Promise<JobOutcome> {
    return this.#serialize(() => this.#runNow(job, options));
  }

  /** Ends the process. The next job starts another. */
  dispose(): void {
    clearTimeout(this.#idle);
    if (this.#running !== undefined) this.#end(this.#running);
  }

  async #runNow(job: Omit<RunJob, 'marker'>, options: JobOptions): Promise<JobOutcome> {
    if (options.signal.aborted) return { type: 'cancelled', printed: '' };
    const id = this.#nextId++;
    const output = new FirstOutput(`\u0001kernel-lens ${id}\n`, options.onOutput);
    const running = this.#open();
    const wasWarm = running.warm;
    let launched = false;
    let ended: 'cancelled' | 'timedOut' | undefined;
    const end = (why: 'cancelled' | 'timedOut') => {
      ended ??= why;
      this.#end(running);
    };
    const onAbort = () => end('cancelled');
    let timer: NodeJS.Timeout | undefined;
    options.signal.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = await this.#ask(
        running,
        { type: 'run', id, job: { ...job, marker: output.marker } },
        startLimitMs + options.timeLimitMs,
        () => {
          launched = true;
          timer = setTimeout(() => end('timedOut'), options.timeLimitMs);
        },
        (text, stream) => output.add(text, stream),
      );
      if (ended !== undefined) return { type: ended, printed: output.finish() };
      if (answer.type === 'failed' && answer.stage === 'execute') {
        await atMost(running.exited, goodbyeMs);
        this.#end(running);
      } else if (answer.type === 'measured' || answer.type === 'failed') {
        await atMost(output.complete, goodbyeMs);
      }
      const printed = output.finish();
      // A process that waited and was lost, with the driver or to a system short of memory, says nothing about the kernel.
      if (answer.type === 'exited' && wasWarm && !launched) return await this.#runNow(job, options);
      if (answer.type === 'exited') return { type: 'crashed', stderr: answer.stderr, printed };
      if (answer.type === 'measured' || answer.type === 'failed' || answer.type === 'noDriver')
        return { ...answer, printed };
      throw new Error(`The GPU runner answered a job with ${answer.type}.`);
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      running.pending = undefined;
    }
  }

  #serialize<T>(job: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(job, job);
    this.#queue = next.catch(() => undefined);
    return next;
  }

  async #ask(
    running: Running,
    message: ToRunner,
    limitMs: number,
    onLaunching: Pending['onLaunching'] = () => {},
    onPrinted: Pending['onPrinted'] = () => {},
  ): Promise<FromRunner | Ended> {
    clearTimeout(this.#idle);
    running.worker.keepAlive(true);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        running.pending = { id: message.id, settle: resolve, onLaunching, onPrinted };
        timer = setTimeout(() => {
          this.#end(running);
          resolve({ type: 'timedOut' });
        }, limitMs);
        running.worker.send(message);
      });
    } finally {
      clearTimeout(timer);
      running.worker.keepAlive(false);
      this.#idle = setTimeout(() => this.#end(running), idleMs).unref();
    }
  }

  #open(): Running {
    if (this.#running !== undefined) return this.#running;
    let onExited = () => {};
    const exited = new Promise<void>((resolve) => (onExited = resolve));
    const worker = startWorker(this.script, [], {
      // Kernels are loaded with their module, not inside the first timed launch.
      env: { CUDA_MODULE_LOADING: 'EAGER' },
      onMessage: (message) => {
        const answer = message as FromRunner;
        if (answer.id !== running.pending?.id) return;
        if (answer.type === 'launching') running.pending.onLaunching();
        else {
          running.warm = true;
          running.pending.settle(answer);
        }
      },
      onOutput: (text, stream) => running.pending?.onPrinted(text, stream),
      onExit: ({ stderr }) => {
        if (this.#running === running) this.#running = undefined;
        running.alive = false;
        onExited();
        running.pending?.settle({ type: 'exited', stderr });
      },
    });
    const running: Running = { worker, exited, alive: true, warm: false, pending: undefined };
    this.#running = running;
    return running;
  }

  /** Kills the process; from now on nobody is given it. */
  #end(running: Running): void {
    if (this.#running === running) this.#running = undefined;
    // The number of a process that has ended may already belong to another.
    if (running.alive) running.worker.kill();
  }
}

/** Collects what is printed until the marker on standard output; standard error (device asserts) to the end. */
class FirstOutput {
  readonly complete: Promise<void>;
  #resolve: () => void = () => {};
  #stdout = '';
  #stderr = '';
  #closed = false;

  constructor(
    readonly marker: string,
    private readonly onOutput: ((text: string) => void) | undefined,
  ) {
    this.complete = new Promise((resolve) => (this.#resolve = resolve));
  }

  add(text: string, stream: 'stdout' | 'stderr'): void {
    if (stream === 'stderr') {
      this.#stderr = (this.#stderr + text).slice(0, outputLimit);
      return;
    }
    if (this.#closed) return;
    this.#stdout += text;
    const end = this.#stdout.indexOf(this.marker);
    if (end < 0 && this.#stdout.length < outputLimit) return;
    // A kernel prints faster than anyone reads.
    this.#stdout = end < 0 ? this.#stdout.slice(0, outputLimit) + truncationNote() : this.#stdout.slice(0, end);
    this.#closed = true;
    this.#resolve();
  }

  finish(): string {
    const text = this.#stdout + this.#stderr;
    if (text !== '') this.onOutput?.(text);
    return text;
  }
}

async function atMost(event: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([event, new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))]);
  clearTimeout(timer);
}

/** Characters of printf kept. */
const outputLimit = 256 * 1024;

function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => /error/i.test(line)) ?? lines[lines.length - 1] ?? '';
}
