/** Values for scalars the file does not tell. Pure. */
import { boundsSomething, roleOf } from './roles';

export interface ProblemSize {
  /** Elements along one direction. */
  readonly extent: number;
  /** Threads along one direction of a block. */
  readonly block: number;
  readonly grid: number;
  /** Why the extent is what it is, for people. */
  readonly why: string;
}

/** A whole number for an integer by its role; undefined where the name tells nothing and nothing is compared with it. */
export function assumedInteger(name: string, body: string, size: ProblemSize): number {
  switch (roleOf(name)) {
    case 'extent':
      return size.extent;
    case 'block':
      return size.block;
    case 'grid':
      return size.grid;
    case 'radius':
      return 2;
    case 'bins':
      return 256;
    case 'iterations':
      return 10;
    case 'origin':
      return boundsSomething(name, body) ? size.extent : 0;
    case 'unknown':
      return boundsSomething(name, body) ? size.extent : 1;
  }
}

/** Whether an integer parameter of this name counts elements. */
export function isExtent(name: string, body: string): boolean {
  const role = roleOf(name);
  return role === 'extent' || ((role === 'unknown' || role === 'origin') && boundsSomething(name, body));
}
