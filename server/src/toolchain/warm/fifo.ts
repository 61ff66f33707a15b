/** Named pipes, through which a program that wants a file name is fed when its input is known. Linux only. */
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { runProcess } from '../../process';

const makeTimeLimitMs = 2_000;
const openTimeLimitMs = 10_000;

export async function makeFifo(name: string): Promise<void> {
  const made = await runProcess('mkfifo', [name], { timeLimitMs: makeTimeLimitMs });
  if (made.status !== 'exited' || made.code !== 0) throw new Error(`mkfifo failed: ${made.stderr.trim()}`);
}

/** The end to write to. Without blocking: a reader that has died is an error here, not a thread that waits for ever. */
export function openWriteEnd(name: string): Socket {
  const fd = openSync(name, constants.O_WRONLY | constants.O_NONBLOCK);
  const stream = new Socket({ fd, readable: false, writable: true });
  // A reader that ends early closes its side: its result tells.
  stream.on('error', () => undefined);
  return stream;
}

/** As `openWriteEnd`, for a reader that may still be on its way to open the pipe. */
export async function openWriteEndWhenRead(name: string, ended: () => boolean): Promise<Socket | undefined> {
  const limit = Date.now() + openTimeLimitMs;
  for (;;) {
    try {
      return openWriteEnd(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || ended() || Date.now() > limit) return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
