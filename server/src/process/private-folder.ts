/** Folders that go with the process that made them, however it ended. */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { keepFolder } from './keeper';
import { startOf, unknownStart } from './start-time';

/** One folder of this process's in each parent; the folders asked for lie in it. */
const roots = new Map<string, Promise<string>>();

/** Makes an empty folder, readable by nobody else. Throws what the file system throws: a full disk, say. */
export async function makePrivateFolder(name: string, parent = os.tmpdir()): Promise<string> {
  const root = await rootIn(parent);
  try {
    return await mkdtemp(path.join(root, `${name}-`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // Somebody tidied up: systems remove old temporary folders.
    roots.delete(parent);
    return mkdtemp(path.join(await rootIn(parent), `${name}-`));
  }
}

function rootIn(parent: string): Promise<string> {
  let root = roots.get(parent);
  if (root === undefined) {
    root = makeRoot(parent);
    roots.set(parent, root);
    root.then(
      (folder) => {
        keepFolder(folder);
        void removeStale(parent);
      },
      // The next one tries again.
      () => roots.delete(parent),
    );
  }
  return root;
}

async function makeRoot(parent: string): Promise<string> {
  const name = path.join(parent, `kernel-lens-${owner()}-`);
  try {
    return await mkdtemp(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(parent, { recursive: true });
    return mkdtemp(name);
  }
}

const pattern = /^kernel-lens-([0-9a-f]{12})-(\d+)-(\d+)-/;

/** Who made a folder, as a part of its name: the machine, the process and when that began. */
function owner(): string {
  return `${machine()}-${process.pid}-${startOf(process.pid)}`;
}

/** Process numbers mean something on one machine and in one container only, but folders may be seen from several. */
function machine(): string {
  let container = '';
  try {
    container = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux.
  }
  return createHash('sha256').update(`${os.hostname()} ${container}`).digest('hex').slice(0, 12);
}

/** What a power cut, or the end of everything at once, left of processes that are gone. */
async function removeStale(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const here = machine();
  for (const name of names) {
    const [, where, pid, start] = pattern.exec(name) ?? [];
    if (where !== here || isAlive(Number(pid), start ?? unknownStart)) continue;
    const folder = path.join(parent, name);
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true) continue;
    if (process.getuid !== undefined && found.uid !== process.getuid()) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // The number may belong to another process by now.
  return [unknownStart, startOf(pid)].includes(start);
}
