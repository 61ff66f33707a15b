/**
 * Ends what this process leaves behind when it is killed and can end nothing itself. The keeper is a process beside it
 * that reads which process groups run and which folders are private; when its input ends, whatever ended this process,
 * it kills the groups and removes the folders. Windows ends children with their parent by itself.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { bundledScript } from './bundled';
import type { Group } from './group';

/** A keeper that somebody ends is started anew; where it cannot live, children end with this process only if it ends in order. */
const startsAtMost = 3;

const groups = new Set<Group>();
const folders = new Set<string>();
let keeper: ChildProcess | undefined;
let starts = 0;

export function keepGroup(group: Group): void {
  groups.add(group);
  tell(addition(group));
}

export function releaseGroup(group: Group): void {
  if (groups.delete(group)) tell(`- ${group.pid}`);
}

/** The folder is removed when this process has ended. */
export function keepFolder(folder: string): void {
  // A name that is two lines would be two other folders.
  if (folder.includes('\n')) return;
  folders.add(folder);
  tell(`/ ${folder}`);
}

function addition({ pid, start }: Group): string {
  return `+ ${pid} ${start}`;
}

function tell(line: string): void {
  if (process.platform === 'win32') return;
  if (keeper === undefined) start();
  else keeper.stdin?.write(`${line}\n`);
}

/** Tells a new keeper everything there is. */
function start(): void {
  if (starts++ === startsAtMost) return;
  // The same executable that runs this process: inside VS Code that is Electron acting as Node.
  const child = spawn(process.execPath, [bundledScript('keeper.js')], {
    // What NODE_OPTIONS loads or opens is for this process.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
    // In a group and session of its own, so that what ends ours does not reach it, and in nobody's way.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  keeper = child;
  const gone = () => {
    if (keeper === child) keeper = undefined;
  };
  child.on('error', gone);
  child.on('exit', gone);
  child.stdin.on('error', () => undefined);
  // It must not keep a finished program from ending.
  child.unref();
  (child.stdin as Socket).unref();
  const lines = [...[...groups].map(addition), ...[...folders].map((folder) => `/ ${folder}`)];
  child.stdin.write(`${lines.join('\n')}\n`);
}
