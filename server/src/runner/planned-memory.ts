/** The memory behind a plan's arguments and globals, in the order in which every backend creates and numbers it. Pure. */
import {
  scalarBytes,
  type Access,
  type BufferArgument,
  type ElementType,
  type Fill,
  type LaunchPlan,
} from '../../../protocol/src/plan';

/** Where the address of some memory goes; of a global, the memory is the variable itself. */
export type Place =
  | { readonly kind: 'argument'; readonly argument: number }
  | { readonly kind: 'pointer'; readonly argument: number; readonly pointer: number }
  | { readonly kind: 'member'; readonly argument: number; readonly member: number }
  | { readonly kind: 'global'; readonly global: number };

export interface PlannedMemory {
  /** As the kernel would write it: `C`, `rows[3]`, `params.out`. */
  readonly name: string;
  readonly element: ElementType;
  readonly count: number;
  readonly bytes: number;
  readonly fill: Fill;
  readonly access: Access;
  /** Declared so that the kernel cannot write it without a cast. */
  readonly constant: boolean;
  /** Whether the kernel may write it, as far as plan and declaration tell. */
  readonly written: boolean;
  readonly place: Place;
}

export type PlannedParts = Pick<LaunchPlan, 'arguments' | 'globals'>;

export function plannedMemory(plan: PlannedParts): PlannedMemory[] {
  const memory: PlannedMemory[] = [];
  type Contents = Pick<BufferArgument, 'element' | 'count' | 'fill' | 'access' | 'constant'>;
  const add = (name: string, from: Contents, place: Place, constant = from.constant ?? false) => {
    const { element, count, fill, access } = from;
    const written = access !== 'read' && !constant;
    memory.push({ name, element, count, bytes: element.bytes * count, fill, access, constant, written, place });
  };
  plan.arguments.forEach((argument, index) => {
    if (argument.kind === 'buffer') {
      add(argument.name, argument, { kind: 'argument', argument: index });
    } else if (argument.kind === 'pointers') {
      for (let pointer = 0; pointer < argument.pointers; pointer++) {
        add(`${argument.name}[${pointer}]`, argument, { kind: 'pointer', argument: index, pointer });
      }
    } else if (argument.kind === 'struct') {
      argument.members.forEach(({ path, value }, member) => {
        if (value.kind === 'buffer') {
          add(`${argument.name}.${path}`, value, { kind: 'member', argument: index, member });
        }
      });
    }
  });
  plan.globals?.forEach((variable, index) => {
    add(variable.name, variable, { kind: 'global', global: index }, variable.constant ?? variable.space === 'constant');
  });
  return memory;
}

/** A scalar of some memory as the kernel would name it: `C[1024]`, `v[3].y`. Indices outside of it are named as well. */
export function elementName({ name, element }: PlannedMemory, scalar: number): string {
  const index = Math.floor(scalar / element.lanes);
  const lane = element.lanes > 1 ? `.${'xyzw'[scalar - index * element.lanes] ?? scalar - index * element.lanes}` : '';
  return `${name}[${index}]${lane}`;
}

/** Scalars that fill some memory. */
export function scalarsOf({ bytes, element }: PlannedMemory): number {
  return Math.floor(bytes / scalarBytes[element.scalar]);
}
