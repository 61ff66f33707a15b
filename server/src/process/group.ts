/** A process group of ours, by the number of the process that leads it, which the system may give to another one later. */
import { readdirSync } from 'node:fs';
import { startOf, statOf, unknownStart } from './start-time';

export interface Group {
  readonly pid: number;
  /** When its leader began: `startOf`. */
  readonly start: string;
}

/** Ends all that is in the group. Harmless when all of it has ended, also where its number means another one by now. */
export function killGroup(group: Group): void {
  if (!isStillOurs(group)) return;
  try {
    process.kill(-group.pid, 'SIGKILL');
  } catch {
    // ESRCH: the group is empty.
  }
}

export function isEmpty({ pid }: Group): boolean {
  try {
    process.kill(-pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** The number is taken as long as anything is left of the group; only then may it be another's. Linux tells. */
function isStillOurs({ pid, start }: Group): boolean {
  if (start === unknownStart) return true;
  const now = startOf(pid);
  if (now !== unknownStart) return now === start;
  // The leader is gone. What it left is in the session that it led, unlike the jobs of somebody's shell.
  return members(pid).every(({ session }) => session === pid);
}

function members(group: number) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? [])
    .filter((stat) => stat.group === group);
}
