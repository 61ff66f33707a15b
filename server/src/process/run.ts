import { execa, type Options } from 'execa';
import type { ProcessOptions, ProcessOutput, ProcessResult } from './index';
import { track } from './live';
import { Capture } from './capture';

const defaultOutputLimit = 4 * 1024 * 1024;

/** Runs a program to its end. Never throws for what the program does: the result's `status` tells. */
export async function runProcess(
  file: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const started = performance.now();
  const command = [file, ...args].join(' ');
  const stdout = new Capture(options.outputLimit ?? defaultOutputLimit);
  const stderr = new Capture(options.outputLimit ?? defaultOutputLimit);
  const output = (): ProcessOutput => ({
    stdout: stdout.text,
    stderr: stderr.text,
    truncated: stdout.truncated || stderr.truncated,
    elapsed: performance.now() - started,
    command,
  });
  if (options.signal?.aborted) return { status: 'cancelled', ...output() };

  const spawnOptions: Options = {
    // A process group of its own, so that nvcc's cicc and ptxas end with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
    buffer: false,
    reject: false,
    stripFinalNewline: false,
    extendEnv: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...standardInput(options),
  };
  const child = execa(file, [...args], spawnOptions);
  const tree = track(child);
  const { stdin } = child;
  if (options.onStart !== undefined && stdin !== null) {
    // Text for a program that has ended or reads nothing is lost, as in a terminal.
    stdin.on('error', () => undefined);
    options.onStart({ write: (text) => void stdin.write(text), end: () => void stdin.end() });
  }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout.add(text);
    options.onOutput?.(text, 'stdout');
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr.add(text);
    options.onOutput?.(text, 'stderr');
  });

  let ended: 'timedOut' | 'cancelled' | undefined;
  const end = (why: 'timedOut' | 'cancelled') => {
    ended ??= why;
    tree.kill();
    // What left the group may hold the output open as long as it likes.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const timer = setTimeout(() => end('timedOut'), options.timeLimitMs);
  const onAbort = () => end('cancelled');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await child;
    tree.release();
    if (ended !== undefined) return { status: ended, ...output() };
    if (result.exitCode !== undefined) return { status: 'exited', code: result.exitCode, ...output() };
    if (result.signal !== undefined) return { status: 'signaled', signal: result.signal, ...output() };
    const code = (result as { code?: string }).code ?? 'UNKNOWN';
    return { status: 'notStarted', code, message: result.shortMessage ?? code, ...output() };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function standardInput({ input, onStart }: ProcessOptions): Pick<Options, 'stdin' | 'input'> {
  if (onStart !== undefined) return { stdin: 'pipe' };
  return input === undefined ? { stdin: 'ignore' } : { input };
}
