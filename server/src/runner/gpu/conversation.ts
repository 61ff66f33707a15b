/**
 * How a program is started that somebody talks to. Into a pipe, C's library writes whole buffers: a question would appear
 * after its answer. Coreutils' stdbuf has it write line by line, and before it reads, as in a terminal.
 */
import { accessSync, constants } from 'node:fs';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the environment, before anything else is. */
  readonly env: Readonly<Record<string, string>>;
}

const places = ['/usr/bin/stdbuf', '/bin/stdbuf'];

export function conversational(file: string, args: readonly string[]): Command {
  // What cannot be run is told by starting it itself.
  const stdbuf = isExecutable(file) ? places.find(isExecutable) : undefined;
  if (stdbuf === undefined) return { file, args, env: {} };
  // The address sanitizer insists on being the first library, which stdbuf's is then.
  const sanitizer = ['verify_asan_link_order=0', process.env['ASAN_OPTIONS']].filter(Boolean).join(':');
  return { file: stdbuf, args: ['-i0', '-oL', file, ...args], env: { ASAN_OPTIONS: sanitizer } };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
