/**
 * Positions of several texts in one row of numbers: those of an included file lie beyond every position of the file itself, each file's
 * in a region of its own, so that none of them can be mistaken for a place in the text.
 */
import type { Span } from './types';

/** No text is longer than a region. */
const region = 2 ** 32;

/** Where the positions of the `number`th included file begin, counted from 0. */
export function originOf(number: number): number {
  return (number + 1) * region;
}

/** The included file that a position belongs to, and the offset there; nothing for a position of the file itself. */
export function includedPlace(position: number): { readonly number: number; readonly offset: number } | undefined {
  const number = Math.floor(position / region) - 1;
  return number < 0 ? undefined : { number, offset: position % region };
}

/** Whether a span lies in an included file. */
export function isElsewhere({ start }: Span): boolean {
  return start >= region;
}
