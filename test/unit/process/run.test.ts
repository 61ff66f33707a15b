import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProcess, startStream } from '../../../server/src/process';

const node = process.execPath;
const timeLimitMs = 20_000;

/** Process ids whose command line holds `mark`. */
async function alive(mark: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args']);
  return stdout.split('\n').filter((line) => line.includes(mark) && !line.includes('ps -eo'));
}

const grandchild = (mark: string) =>
  `require('child_process').spawn(process.execPath, ['-e', 'setInterval(()=>{}, 1000)', '${mark}'], {stdio: 'ignore'});
   console.log('started'); setInterval(() => {}, 1000);`;

describe('runProcess', () => {
  it('returns the exit code and both streams', async () => {
    const result = await runProcess(node, ['-e', 'console.log("out"); console.error("err"); process.exit(3)'], {
      timeLimitMs,
    });
    expect(result).toMatchObject({ status: 'exited', code: 3, stdout: 'out\n', stderr: 'err\n', truncated: false });
  });

  it('passes arguments as they are, whatever a shell would make of them', async () => {
    const odd = ['$(touch x)', '; rm -rf y', 'a b', '"q"', "it's", '한글', '*'];
    const result = await runProcess(node, ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', ...odd], {
      timeLimitMs,
    });
    expect(JSON.parse(result.stdout)).toEqual(odd);
  });

  it('feeds standard input', async () => {
    const result = await runProcess(node, ['-e', 'process.stdin.pipe(process.stdout)'], {
      timeLimitMs,
      input: 'héllo',
    });
    expect(result.stdout).toBe('héllo');
  });

  it('stops at the time limit and ends the whole tree', async () => {
    const mark = `kl-mark-${process.pid}-limit`;
    const result = await runProcess(node, ['-e', grandchild(mark)], { timeLimitMs: 1500 });
    expect(result).toMatchObject({ status: 'timedOut', stdout: 'started\n' });
    expect(await alive(mark)).toEqual([]);
  });

  it('stops when cancelled and ends the whole tree', async () => {
    const mark = `kl-mark-${process.pid}-cancel`;
    const controller = new AbortController();
    const running = runProcess(node, ['-e', grandchild(mark)], {
      timeLimitMs,
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect((await running).status).toBe('cancelled');
    expect(await alive(mark)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('waits for nobody who left the group and holds the output', async () => {
    const mark = `kl-mark-${process.pid}-left`;
    const script = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(()=>{}, 60000)', '${mark}'],
      {detached: true, stdio: 'inherit'}).unref(); console.log('left');`;
    onTestFinished(async () => (await alive(mark)).forEach((line) => process.kill(parseInt(line))));
    expect(await runProcess(node, ['-e', script], { timeLimitMs: 1500 })).toMatchObject({
      status: 'timedOut',
      stdout: 'left\n',
    });
    const stream = startStream(node, ['-e', script], { outputLimit: 1000, onOutput: () => stream.kill() });
    expect(await stream.result).toMatchObject({ status: 'cancelled' });
  });

  it('does not start what is already cancelled', async () => {
    const result = await runProcess(node, ['-e', 'console.log(1)'], { timeLimitMs, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: 'cancelled', stdout: '' });
  });

  it('caps what it keeps of a flood', async () => {
    const result = await runProcess(node, ['-e', 'for (let i = 0; i < 1e5; i++) console.log("x".repeat(100))'], {
      timeLimitMs,
      outputLimit: 1000,
    });
    expect(result).toMatchObject({ status: 'exited', code: 0, truncated: true });
    expect(result.stdout).toHaveLength(1000);
  });

  it('says what could not be started', async () => {
    const result = await runProcess('/nowhere/nvcc', [], { timeLimitMs });
    expect(result).toMatchObject({ status: 'notStarted', code: 'ENOENT' });
  });

  it('tells a crash from an exit', async () => {
    const result = await runProcess(node, ['-e', 'process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 5000)'], {
      timeLimitMs,
    });
    expect(result).toMatchObject({ status: 'signaled', signal: 'SIGSEGV' });
  });
});
