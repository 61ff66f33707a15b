/** What every subcommand shares of the terminal: standard output, the interrupt key, exit codes. */
import { writeSync } from 'node:fs';

/** Exit codes, documented in docs/cli.md. */
export const exitCodes = { ok: 0, problems: 1, failed: 2 } as const;

const interrupt = new AbortController();

/** Ends what runs when the terminal or its user says so. */
export const interrupted = interrupt.signal;

export function listenForInterrupts(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
}

/** Written whole before the process ends, whatever standard output is. */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}

export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints the answer in the form asked for; the exit code says whether there is one. */
export function printAnswer<Answer extends { readonly status: string }>(
  answer: Answer,
  format: string,
  text: (answer: Answer) => string,
): number {
  if (format === 'json') printJson(answer);
  else print(text(answer));
  return answer.status === 'ok' ? exitCodes.ok : exitCodes.failed;
}
