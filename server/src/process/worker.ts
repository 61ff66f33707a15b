import { fork, type ChildProcess } from 'node:child_process';
import { languageEnvironment } from './language';
import { track } from './live';
import { Capture } from './capture';

export interface WorkerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly onMessage: (message: unknown) => void;
  /** What the worker printed, as it comes. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Called once, after the last message. */
  readonly onExit: (exit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly stderr: string;
  }) => void;
}

/** A child Node process that talks in messages. It ends with `kill`, or by itself when this process ends. */
export interface Worker {
  readonly pid: number | undefined;
  send(message: object): void;
  /** Whether this process stays alive for the worker's sake; true at first. An idle worker must not keep a finished program from ending. */
  keepAlive(wanted: boolean): void;
  readonly kill: () => void;
}

const stderrLimit = 64 * 1024;

/**
 * Starts `script` in a Node process of its own. The same executable runs it as runs the server (inside VS Code that is
 * Electron acting as Node). The worker must end when its IPC channel closes, so that it never outlives the server.
 */
export function startWorker(script: string, args: readonly string[], options: WorkerOptions): Worker {
  const stderr = new Capture(stderrLimit);
  const child: ChildProcess = fork(script, [...args], {
    detached: process.platform !== 'win32',
    execArgv: [],
    env: { ...process.env, ...languageEnvironment(), ...options.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => options.onOutput?.(text, 'stdout'));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr.add(text);
    options.onOutput?.(text, 'stderr');
  });
  child.on('message', options.onMessage);
  const tree = track(child);
  let exited = false;
  const onExit = (code: number | null, signal: string | null) => {
    if (exited) return;
    exited = true;
    tree.release();
    options.onExit({ code, signal, stderr: stderr.text });
  };
  child.on('close', onExit);
  child.on('error', (error) => {
    stderr.add(String(error));
    if (child.pid === undefined) onExit(null, null);
  });
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message);
    },
    keepAlive: (wanted) => {
      // The pipes are sockets, which the stream types do not say.
      const handles = [child, child.channel, child.stdout, child.stderr] as ({ ref?(): void; unref?(): void } | null)[];
      for (const handle of handles) wanted ? handle?.ref?.() : handle?.unref?.();
    },
    kill: tree.kill,
  };
}
