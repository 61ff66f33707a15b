import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makePrivateFolder } from '../../../server/src/process';

async function parent(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'private folders '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** How this process marks its own: machine, process, start. */
function markOf(folder: string): [machine: string, pid: string, start: string] {
  const [, ...words] = /^kernel-lens-(\w+)-(\d+)-(\d+)-/.exec(path.basename(path.dirname(folder))) ?? [];
  return words as [string, string, string];
}

describe('makePrivateFolder', () => {
  it('makes a folder that is nobody else’s', async () => {
    const place = path.join(await parent(), 'not yet', 'there');
    const folders = await Promise.all(['a', 'a', 'b'].map((name) => makePrivateFolder(name, place)));
    expect(new Set(folders).size).toBe(3);
    expect((await stat(folders[0] ?? '')).mode & 0o077).toBe(0);
    expect(await readdir(place)).toHaveLength(1);
  });

  it('makes another when somebody tidied up', async () => {
    const place = await parent();
    const first = await makePrivateFolder('a', place);
    await rm(path.dirname(first), { recursive: true });
    expect((await stat(await makePrivateFolder('a', place))).isDirectory()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('removes what processes left that are gone, and nothing else', async () => {
    const place = await parent();
    const [machine, pid, start] = markOf(await makePrivateFolder('a', await parent()));
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const living = spawn('sleep', ['60']);
    onTestFinished(() => void living.kill());
    const stale = [`kernel-lens-${machine}-${gone}-${start}-abcdef`];
    // On Linux a process that got the number of another is told from it.
    if (process.platform === 'linux') stale.push(`kernel-lens-${machine}-${living.pid}-1-abcdef`);
    const others = [
      `kernel-lens-${machine}-${pid}-${start}-abcdef`,
      `kernel-lens-${machine}-${living.pid}-0-abcdef`,
      `kernel-lens-0123456789ab-${gone}-${start}-abcdef`,
      'kernel-lens-notes',
    ];
    for (const name of [...stale, ...others]) await mkdir(path.join(place, name, 'in it'), { recursive: true });
    const own = path.basename(path.dirname(await makePrivateFolder('a', place)));
    await expect.poll(async () => (await readdir(place)).sort()).toEqual([own, ...others].sort());
  });
});
