/** Members of a planned structure as people read them: elements of an array that are alike make one row. */
import type { StructMember } from './plan';

export interface MemberRow {
  /** `n`, `sizes[0..3]`. */
  readonly path: string;
  readonly value: StructMember['value'];
}

export function memberRows(members: readonly StructMember[]): MemberRow[] {
  const rows: { first: StructMember; last: StructMember }[] = [];
  for (const member of members) {
    const row = rows[rows.length - 1];
    if (row !== undefined && isAlike(row.last, member)) row.last = member;
    else rows.push({ first: member, last: member });
  }
  return rows.map(({ first, last }) => ({ path: spanning(first.path, last.path), value: first.value }));
}

/** The last index of a path, and what stands before it. */
function indexOf(path: string): { readonly array: string; readonly index: string } | undefined {
  const [, array, index] = /^(.*)\[(\d+)\]$/.exec(path) ?? [];
  return array === undefined || index === undefined ? undefined : { array, index };
}

function isAlike(a: StructMember, b: StructMember): boolean {
  const [before, after] = [indexOf(a.path), indexOf(b.path)];
  if (before === undefined || before.array !== after?.array) return false;
  return JSON.stringify({ ...a.value, name: '' }) === JSON.stringify({ ...b.value, name: '' });
}

function spanning(first: string, last: string): string {
  const [from, to] = [indexOf(first), indexOf(last)];
  return first === last || from === undefined ? first : `${from.array}[${from.index}..${to?.index ?? ''}]`;
}
