/** The processes that run now, so that they end with this one however it ends. */
import { keepGroup, releaseGroup } from './keeper';
import { killTree } from './kill-tree';

const live = new Set<number>();

process.on('exit', () => {
  for (const pid of live) killTree(pid);
});

/** Remembers a process started in a group of its own; the answer forgets it, ending what is left of its group. */
export function track(pid: number | undefined): () => void {
  if (pid === undefined) return () => undefined;
  live.add(pid);
  keepGroup(pid);
  return () => {
    if (!live.delete(pid)) return;
    // What ended by itself may have left children in its group.
    killTree(pid);
    releaseGroup(pid);
  };
}
