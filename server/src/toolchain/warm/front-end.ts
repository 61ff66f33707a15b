/** One front end of nvcc's, started ahead of time: it has parsed the preamble and waits for the rest of the text. */
import { constants, openSync } from 'node:fs';
import { link, readFile, rename, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import { runProcess, startStream, type ProcessResult } from '../../process';

/** glibc tunables under which the front ends allocate several times faster; other C libraries ignore them. */
const tunables = 'glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864:glibc.malloc.mmap_threshold=1073741824';

const outputLimit = 1024 * 1024;
const openTimeLimitMs = 2_000;

export interface FrontEndCommand {
  readonly executable: string;
  /** The argument `inputPlaceholder` stands for the input. */
  readonly args: readonly string[];
}

export const inputPlaceholder = '\0input';

export interface WarmFrontEnd {
  /** Feeds the rest and waits for the answer; can be called once. */
  finish(rest: string): Promise<ProcessResult>;
  /** Resolves when the process has ended. */
  kill(): Promise<unknown>;
}

/**
 * Starts the front end on `preamble`, preprocessed text. `folder` is its own, to write in.
 *
 * Both front ends want a file name and refuse what is not a regular file (cudafe++ would take standard input, but then
 * counts columns in bytes). So the name is a FIFO while it is opened, and an empty regular file by the time the front end
 * looks at what it opened; the FIFO lives on under a second name. Linux only.
 */
export async function startFrontEnd(command: FrontEndCommand, preamble: string, folder: string): Promise<WarmFrontEnd> {
  const input = path.join(folder, 'input.ii');
  const writeEnd = path.join(folder, 'input.fifo');
  const made = await runProcess('mkfifo', [input], { timeLimitMs: openTimeLimitMs });
  if (made.status !== 'exited' || made.code !== 0) throw new Error(`mkfifo failed: ${made.stderr.trim()}`);
  await link(input, writeEnd);
  const decoy = path.join(folder, 'decoy');
  await writeFile(decoy, '');
  const process = startStream(
    command.executable,
    command.args.map((argument) => (argument === inputPlaceholder ? input : argument)),
    { cwd: folder, env: { GLIBC_TUNABLES: tunables, TMPDIR: folder }, outputLimit },
  );
  let ended = false;
  void process.result.then(() => (ended = true));
  try {
    await waitUntilOpening(process.pid, () => ended);
    await rename(decoy, input);
    // Without blocking: a front end that has died meanwhile is an error here, not a thread that waits for ever.
    const fd = openSync(writeEnd, constants.O_WRONLY | constants.O_NONBLOCK);
    const stream = new Socket({ fd, readable: false, writable: true });
    // A front end that ends early closes its side: its result tells.
    stream.on('error', () => undefined);
    stream.write(preamble);
    return {
      finish: (rest) => {
        stream.end(rest);
        return process.result;
      },
      kill: () => {
        process.kill();
        stream.destroy();
        return process.result;
      },
    };
  } catch (error) {
    process.kill();
    throw error;
  }
}

/** Waits until the process blocks in open(2) of the FIFO, as /proc tells. */
async function waitUntilOpening(pid: number | undefined, ended: () => boolean): Promise<void> {
  const limit = Date.now() + openTimeLimitMs;
  for (;;) {
    if (pid === undefined || ended()) throw new Error('the front end ended before it read its input');
    const channel = await readFile(`/proc/${pid}/wchan`, 'utf8').catch(() => '');
    if (/wait_for_partner|fifo_open/.test(channel)) return;
    if (Date.now() > limit) throw new Error(`the front end does not open its input (waits in ${channel || 'nothing'})`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
