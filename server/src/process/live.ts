/** The processes that run now, so that they end with this one however it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { isEmpty, killGroup } from './group';
import { keepGroup, releaseGroup } from './keeper';
import { startOf } from './start-time';

/** A process started in a group of its own (`detached`), and everything it starts. */
export interface Tree {
  /** Ends all of it. Harmless when all of it has ended. */
  readonly kill: () => void;
  /** Nothing is wanted of it any more: ends what is left. */
  readonly release: () => void;
}

const live = new Set<Tree>();

process.on('exit', () => {
  for (const tree of live) tree.kill();
});

export function track(child: Pick<ChildProcess, 'pid' | 'once'>): Tree {
  const { pid } = child;
  if (pid === undefined) return { kill: () => undefined, release: () => undefined };
  const tree = process.platform === 'win32' ? windowsTree(pid) : groupTree(pid);
  live.add(tree);
  // The number may belong to another process from now on, even before the last output has come.
  child.once('exit', tree.leaderEnded);
  return tree;
}

interface KnownTree extends Tree {
  readonly leaderEnded: () => void;
}

function groupTree(pid: number): KnownTree {
  const group = { pid, start: startOf(pid) };
  keepGroup(group);
  const tree = {
    kill: () => {
      if (live.has(tree)) killGroup(group);
    },
    release: () => {
      tree.kill();
      forget();
    },
    // Children that it left hold the number of the group: it is nobody else's until they have ended.
    leaderEnded: () => {
      if (isEmpty(group)) forget();
    },
  };
  const forget = () => {
    live.delete(tree);
    releaseGroup(group);
  };
  return tree;
}

/** Its children are found by their parent only as long as it lives. */
function windowsTree(pid: number): KnownTree {
  const forget = () => void live.delete(tree);
  const tree = {
    kill: () => {
      if (!live.has(tree)) return;
      spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true, stdio: 'ignore' }).on(
        'error',
        () => {},
      );
    },
    release: () => {
      tree.kill();
      forget();
    },
    leaderEnded: forget,
  };
  return tree;
}
