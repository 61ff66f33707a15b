/** Where lines of an earlier text are now. Pure. */

/**
 * Lines before the first difference stay, those behind the last one move with the end; a line in between is where the same
 * line stands, if it stands there once.
 */
export function lineMover(before: string, now: string): (line: number) => number | undefined {
  if (before === now) return (line) => line;
  const old = before.split('\n');
  const current = now.split('\n');
  const shorter = Math.min(old.length, current.length);
  let head = 0;
  while (head < shorter && old[head] === current[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old[old.length - 1 - tail] === current[current.length - 1 - tail]) tail++;
  return (line) => {
    if (line < head) return line;
    if (line >= old.length - tail) return line + current.length - old.length;
    const text = old[line];
    const found = current.flatMap((other, index) =>
      other === text && index >= head && index < current.length - tail ? [index] : [],
    );
    return found.length === 1 ? found[0] : undefined;
  };
}
