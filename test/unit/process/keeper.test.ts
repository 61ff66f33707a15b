import { build } from 'esbuild';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { startOf } from '../../../server/src/process/start-time';

const source = path.resolve(import.meta.dirname, '../../../server/src/process/keeper-main.ts');
let program = '';

beforeAll(async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'keeper-'));
  program = path.join(folder, 'keeper.js');
  await build({ entryPoints: [source], bundle: true, platform: 'node', outfile: program });
  return () => rm(folder, { recursive: true, force: true });
});

/** Its orders, then the end of whoever gave them. */
async function keep(...orders: string[]): Promise<void> {
  const keeper = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'inherit'] });
  keeper.stdin.end(orders.map((order) => `${order}\n`).join(''));
  expect((await once(keeper, 'exit'))[0]).toBe(0);
}

/** A process that leads a group of its own. */
function sleeper(): ChildProcess & { pid: number } {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  return child as ChildProcess & { pid: number };
}

/** What has ended may wait for somebody to take note of it. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function ended(child: ChildProcess): Promise<unknown> {
  return child.signalCode ?? ((await once(child, 'exit')) as unknown[])[1];
}

describe.runIf(process.platform === 'linux')('the keeper', () => {
  it('ends groups that are left, and removes folders whose names are odd', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), '커널 렌즈 $(x) '));
    await mkdir(path.join(folder, 'a', 'b'), { recursive: true });
    await writeFile(path.join(folder, 'a', 'b', 'c'), '');
    const [left, released] = [sleeper(), sleeper()];
    const orders = [left, released].map(({ pid }) => `+ ${pid} ${startOf(pid)}`);
    await keep(...orders, `/ ${folder}`, '/ /nowhere/at/all', `- ${released.pid}`);
    expect(await ended(left)).toBe('SIGKILL');
    expect(isAlive(released.pid)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  it('spares a process that got the number of one that has ended', async () => {
    const { pid } = sleeper();
    await keep(`+ ${pid} ${Number(startOf(pid)) - 1}`);
    expect(isAlive(pid)).toBe(true);
  });

  it('ends what a leader left, but not somebody’s job whose group got the number', async (context: TestContext) => {
    const perl = (script: string) => promisify(execFile)('perl', ['-MPOSIX=setsid', '-e', script]);
    const hasPerl = await perl('').then(
      () => true,
      () => false,
    );
    context.skip(!hasPerl, 'perl is not installed');
    // Prints the numbers of a leader that is gone and of what it left in its group.
    const left = async (lead: string) => {
      const script = `my $leader = fork; if (!$leader) { ${lead}; my $child = fork;
        if (!$child) { open STDOUT, '>/dev/null'; open STDERR, '>/dev/null'; exec 'sleep', '60' }
        print "$$ $child"; exit } waitpid $leader, 0;`;
      const [leader = 0, child = 0] = (await perl(script)).stdout.split(' ').map(Number);
      onTestFinished(() => {
        if (isAlive(child)) process.kill(child);
      });
      return { leader, child };
    };
    const [ours, job] = [await left('setsid'), await left('setpgrp')];
    expect([ours.leader, job.leader].map(isAlive)).toEqual([false, false]);
    await keep(`+ ${ours.leader} 1`, `+ ${job.leader} 1`);
    await expect.poll(() => isAlive(ours.child), { timeout: 10_000 }).toBe(false);
    expect(isAlive(job.child)).toBe(true);
  });

  it('is not ended by what ends a session', async () => {
    const keeper = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'inherit'] });
    const left = sleeper();
    keeper.stdin.write(`+ ${left.pid} ${startOf(left.pid)}\n`);
    // When it waits for orders, it has begun to ignore signals.
    const ignored = () =>
      promisify(execFile)('ps', ['-o', 'caught=', '-p', String(keeper.pid)]).then(({ stdout }) =>
        parseInt(stdout.trim().slice(-8), 16),
      );
    await expect.poll(async () => (await ignored()) & 0x4003, { timeout: 20_000 }).toBe(0x4003);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) keeper.kill(signal);
    expect(keeper.exitCode ?? keeper.signalCode).toBeNull();
    keeper.stdin.end();
    expect(await ended(left)).toBe('SIGKILL');
  });
});
