/** What the masks share. */

export interface Replacement {
  readonly start: number;
  readonly text: string;
}

/** The offset of the bracket that closes the one at `open`, or -1. Gives up after `limit` characters. */
export function matchingBracket(text: string, open: number, limit = 4000): number {
  const end = Math.min(text.length, open + limit);
  let depth = 0;
  for (let i = open; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === 40 || c === 91 || c === 123) depth++;
    else if ((c === 41 || c === 93 || c === 125) && --depth === 0) return i;
    else if (c === 59 && depth <= 1 && text.charCodeAt(open) === 40) return -1;
  }
  return -1;
}

export function skipSpace(text: string, i: number): number {
  while (i < text.length && /\s/.test(text.charAt(i))) i++;
  return i;
}

/** Spaces for everything but line breaks, so that lines stay lines. */
export function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ');
}
