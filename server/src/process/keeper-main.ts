/**
 * The keeper's program: see `keeper.ts`. It reads what there is to end, one a line, and ends it when its input does. It imports
 * as little as it can, because it is there as long as the server.
 */
import { readSync, rmSync } from 'node:fs';
import { killGroup } from './group';

// What ends the server must not end what tidies up behind it.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

const groups = new Map<number, string>();
const folders = new Set<string>();

function obey(line: string): void {
  const order = line[0];
  const about = line.slice(2);
  if (order === '/') folders.add(about);
  const [pid, start] = about.split(' ');
  if (order === '+') groups.set(Number(pid), start ?? '');
  if (order === '-') groups.delete(Number(pid));
}

/** Waits here: nothing else is to be done meanwhile. */
function readOrders(): void {
  const chunk = Buffer.alloc(4096);
  let rest = Buffer.alloc(0);
  for (;;) {
    const length = readSync(0, chunk);
    if (length === 0) return;
    rest = Buffer.concat([rest, chunk.subarray(0, length)]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      obey(rest.toString('utf8', 0, end));
      rest = rest.subarray(end + 1);
    }
  }
}

/** What was just killed may still write into it. */
function remove(folder: string): void {
  for (let attempt = 1; attempt <= 5; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200 * attempt);
    }
  }
}

try {
  readOrders();
} finally {
  for (const [pid, start] of groups) killGroup({ pid, start });
  for (const folder of folders) remove(folder);
}
