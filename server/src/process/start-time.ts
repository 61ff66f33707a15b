/** Which process a number means: numbers are used again. */
import { readFileSync } from 'node:fs';

export const unknownStart = '0';

/** When a living process began, in the kernel's ticks; Linux only. */
export function startOf(pid: number): string {
  return statOf(pid)?.start ?? unknownStart;
}

export function statOf(
  pid: number,
): { readonly group: number; readonly session: number; readonly start: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // What follows the name, which may hold anything, is numbered from 3 in proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { group: Number(fields[2]), session: Number(fields[3]), start: fields[19] ?? unknownStart };
  } catch {
    return undefined;
  }
}
