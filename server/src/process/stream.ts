import { spawn } from 'node:child_process';
import { Capture } from './capture';
import type { ProcessResult } from './index';
import { track } from './live';

export interface StreamOptions {
  readonly cwd?: string;
  /** Merged over the server's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly outputLimit: number;
  /** Called with decoded text as it arrives. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
}

/** A program that is kept waiting. It has no time limit of its own: whoever holds it ends it with `kill`. */
export interface StreamedProcess {
  readonly pid: number | undefined;
  /** Settles when the program has ended and its output is read. Never rejects. */
  readonly result: Promise<ProcessResult>;
  kill(): void;
}

export function startStream(file: string, args: readonly string[], options: StreamOptions): StreamedProcess {
  const started = performance.now();
  const stdout = new Capture(options.outputLimit);
  const stderr = new Capture(options.outputLimit);
  const child = spawn(file, [...args], {
    detached: process.platform !== 'win32',
    windowsHide: true,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const tree = track(child);
  let cancelled = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout.add(text);
    options.onOutput?.(text, 'stdout');
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr.add(text);
    options.onOutput?.(text, 'stderr');
  });
  const output = () => ({
    stdout: stdout.text,
    stderr: stderr.text,
    truncated: stdout.truncated || stderr.truncated,
    elapsed: performance.now() - started,
    command: [file, ...args].join(' '),
  });
  const result = new Promise<ProcessResult>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      resolve({ status: 'notStarted', code: error.code ?? 'UNKNOWN', message: error.message, ...output() });
    });
    child.on('close', (code, signal) => {
      tree.release();
      if (cancelled) resolve({ status: 'cancelled', ...output() });
      else if (code !== null) resolve({ status: 'exited', code, ...output() });
      else resolve({ status: 'signaled', signal: signal ?? 'unknown', ...output() });
    });
  });
  return {
    pid: child.pid,
    result,
    kill: () => {
      cancelled = true;
      tree.kill();
      // What left the group may hold the output open as long as it likes.
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}
