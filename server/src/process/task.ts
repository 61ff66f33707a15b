/** Work that would keep this process from answering anybody: a worker does it and says what came of it. */
import { bundledScript } from './bundled';
import { startWorker } from './worker';

export interface TaskOptions {
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

type Said = { readonly answer: unknown } | { readonly error: string };

/** Asks a script of the bundle that calls `answerTask`. Undefined when cancelled; throws where there is no answer. */
export function runTask<Question extends object, Answer>(
  name: string,
  question: Question,
  { timeLimitMs, signal }: TaskOptions,
): Promise<Answer | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    let said: Said | undefined;
    let late = false;
    const worker = startWorker(bundledScript(name), [], {
      onMessage: (message) => {
        said = message as Said;
        worker.kill();
      },
      onExit: ({ code, signal: ending, stderr }) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', worker.kill);
        if (said !== undefined && 'answer' in said) resolve(said.answer as Answer);
        else if (signal.aborted) resolve(undefined);
        else if (said !== undefined) reject(new Error(said.error));
        else if (late) reject(new Error(`${name} did not end within ${timeLimitMs / 1000} s`));
        else
          reject(new Error(`${name} ended without an answer (${ending ?? `code ${code ?? '?'}`}): ${stderr.trim()}`));
      },
    });
    const timer = setTimeout(() => {
      late = true;
      worker.kill();
    }, timeLimitMs);
    signal.addEventListener('abort', worker.kill, { once: true });
    worker.send(question);
  });
}

/** The worker's side. */
export function answerTask<Question extends object, Answer>(work: (question: Question) => Promise<Answer>): void {
  // Whoever asked is gone.
  process.on('disconnect', () => process.exit(0));
  process.once('message', (question: Question) => {
    work(question).then(
      (answer) => process.send?.({ answer } satisfies Said),
      (error: unknown) => {
        if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
        process.send?.({ error: error instanceof Error ? error.message : String(error) } satisfies Said);
      },
    );
  });
}
