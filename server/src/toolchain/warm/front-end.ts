/** One front end of nvcc's, started ahead of time: it has parsed the preamble and waits for the rest of the text. */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startStream, type ProcessResult } from '../../process';
import { makeFifo, openWriteEnd } from './fifo';

/** glibc tunables under which the front ends allocate several times faster; other C libraries ignore them. */
const tunables = 'glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864:glibc.malloc.mmap_threshold=1073741824';

const outputLimit = 1024 * 1024;
/** The last words of an answer in SARIF. */
const sarifEnd = /\]\s*\}\s*\]\s*\}\s*\n$/;
const openTimeLimitMs = 2_000;

export interface FrontEndCommand {
  readonly executable: string;
  /** The arguments `inputPlaceholder` and `outputPlaceholder` stand for the files. */
  readonly args: readonly string[];
}

export const inputPlaceholder = '\0input';
export const outputPlaceholder = '\0output';

export interface WarmFrontEnd {
  /** Feeds the rest and waits for what it says of the text; can be called once. Throws if it ends without a word. */
  finish(rest: string): Promise<string>;
  /** Feeds the rest and waits until the process has done all it does; can be called once, instead of `finish`. */
  complete(rest: string): Promise<ProcessResult>;
  /** Where `outputPlaceholder` stood: beside the process's folder, so that it stays. */
  readonly output: string;
  /** Resolves when the process has ended. */
  kill(): Promise<unknown>;
}

/**
 * Starts the front end on `preamble`, preprocessed text. `folder` is its own, to write in; it goes with the process.
 *
 * Both front ends want a file name and refuse what is not a regular file (cudafe++ would take standard input, but then
 * counts columns in bytes). So the name is a FIFO while it is opened, and an empty regular file by the time the front end
 * looks at what it opened; the FIFO lives on under a second name. Linux only.
 */
export async function startFrontEnd(
  command: FrontEndCommand & { readonly searchPath: string },
  preamble: string,
  folder: string,
): Promise<WarmFrontEnd> {
  const input = path.join(folder, 'input.ii');
  const writeEnd = path.join(folder, 'input.fifo');
  await makeFifo(input);
  await link(input, writeEnd);
  const output = `${folder}.out`;
  const decoy = path.join(folder, 'decoy');
  await writeFile(decoy, '');
  let said = '';
  let answered: (text: string) => void = () => undefined;
  // What the device's front end does after its last word, translating what nobody wants, takes as long as the answer.
  const answer = new Promise<string>((resolve) => (answered = resolve));
  const process = startStream(
    command.executable,
    command.args.map((argument) => {
      return argument === inputPlaceholder ? input : argument === outputPlaceholder ? output : argument;
    }),
    {
      cwd: folder,
      env: { GLIBC_TUNABLES: tunables, TMPDIR: folder, PATH: command.searchPath },
      outputLimit,
      onOutput: (text, name) => {
        if (name === 'stdout' || said.length > outputLimit) return;
        said += text;
        if (sarifEnd.test(said)) answered(said);
      },
    },
  );
  let ended = false;
  void process.result.then(() => {
    ended = true;
    return rm(folder, { recursive: true, force: true }).catch(() => undefined);
  });
  try {
    await waitUntilOpening(process.pid, () => ended);
    await rename(decoy, input);
    const stream = openWriteEnd(writeEnd);
    stream.write(preamble);
    return {
      finish: async (rest) => {
        stream.end(rest);
        const text = await Promise.race([answer, process.result.then(spoken)]);
        process.kill();
        return text;
      },
      complete: (rest) => {
        stream.end(rest);
        return process.result;
      },
      output,
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

/** The words of a front end that has ended. */
function spoken(result: ProcessResult): string {
  if (result.status !== 'exited') throw new Error(`${result.command}: ${result.status}`);
  const text = `${result.stdout}\n${result.stderr}`;
  if (result.code !== 0 && text.trim() === '') throw new Error(`${result.command} failed without a message`);
  return text;
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
