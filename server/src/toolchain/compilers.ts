/**
 * Asks nvcc for the editor: one compilation at a time whatever is open, the newest question first, and waiting front
 * ends for the one document that is being typed in.
 */
import { diagnose, type Depth, type DiagnoseRequest, type DiagnoseResult } from './diagnose';
import type { CompilerMessage } from './messages';
import { WarmChecker, verifyWarm, type WarmOptions } from './warm';

export type Inquiry = Omit<DiagnoseRequest, 'depth'>;

interface Log {
  info(message: string): void;
}

/** Idle front ends hold some 100 MB each: they go when nobody has typed for so long. */
const idleMs = 5 * 60_000;

export class Compilers {
  #waiting: (() => void)[] = [];
  #busy = false;
  #warm: { readonly key: string; readonly checker: WarmChecker } | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** By toolkit: whether waiting front ends say what nvcc says, found out once. */
  #verified = new Map<string, Promise<boolean>>();

  constructor(private readonly log: Log) {}

  /** What the front ends see. `onHost` may get the host pass's part of it early. */
  async frontEnds(inquiry: Inquiry, onHost: (messages: readonly CompilerMessage[]) => void): Promise<DiagnoseResult> {
    const started = performance.now();
    const checker = await this.#checkerFor(inquiry);
    if (checker !== undefined) {
      const answer = await checker.check(inquiry.text, inquiry.signal, onHost);
      if (answer.status === 'cancelled') return answer;
      if (answer.status === 'ok') {
        const elapsed = performance.now() - started;
        this.log.info(`front ends on ${inquiry.file}: ${Math.round(elapsed)} ms, ${answer.messages.length} messages`);
        return { ...answer, resources: [], elapsed };
      }
      this.log.info(`front ends on ${inquiry.file} are of no use: ${answer.reason}`);
    }
    return this.compile(inquiry, 'syntax');
  }

  /** nvcc itself. Waits for its turn. */
  async compile(inquiry: Inquiry, depth: Depth): Promise<DiagnoseResult> {
    return this.inTurn(async () => {
      if (inquiry.signal.aborted) return { status: 'cancelled' };
      const result = await diagnose({ ...inquiry, depth });
      if (result.status === 'ok') {
        this.log.info(
          `nvcc (${depth}) on ${inquiry.file}: ${Math.round(result.elapsed)} ms, ${result.messages.length} messages`,
        );
      }
      return result;
    });
  }

  /** Whatever else calls nvcc for the editor, in the same queue. */
  async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#turn();
    try {
      return await work();
    } finally {
      this.#busy = false;
      this.#waiting.pop()?.();
    }
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#warm?.checker.dispose();
    this.#warm = undefined;
  }

  /** Resolves when no other compilation runs. The newest asker goes first: it is what the user looks at. */
  #turn(): Promise<void> {
    if (!this.#busy) {
      this.#busy = true;
      return Promise.resolve();
    }
    // One that is cancelled while it waits takes its turn and gives it back at once.
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        this.#busy = true;
        resolve();
      });
    });
  }

  async #checkerFor(inquiry: Inquiry): Promise<WarmChecker | undefined> {
    if (!WarmChecker.supported || !(await this.#isVerified(inquiry))) return undefined;
    const { toolkit, file, architecture, flags } = inquiry;
    const options: WarmOptions = { toolkit, file, architecture, flags };
    const key = JSON.stringify(options);
    if (this.#warm?.key !== key) {
      const old = this.#warm;
      this.#warm = { key, checker: new WarmChecker(options) };
      void old?.checker.dispose();
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.dispose(), idleMs);
    this.#idle.unref();
    return this.#warm.checker;
  }

  /** False until the answer is known: the first checks of a session go to nvcc while a probe runs beside them. */
  async #isVerified({ toolkit, architecture }: Inquiry): Promise<boolean> {
    const key = `${toolkit.nvcc} ${toolkit.version.full} ${architecture ?? ''} ${toolkit.hostCompiler}`;
    const known = this.#verified.get(key);
    if (known !== undefined) return Promise.race([known, Promise.resolve(false)]);
    const verdict = verifyWarm(toolkit, architecture).then(
      (reason) => {
        this.log.info(
          reason === undefined ? 'waiting front ends agree with nvcc' : `waiting front ends are off: ${reason}`,
        );
        return reason === undefined;
      },
      () => false,
    );
    this.#verified.set(key, verdict);
    return false;
  }
}
