/** The buffer behind a pointer parameter: how many elements of what, and how they begin. Pure. */
import type { Access, BufferArgument, ElementType, Fill, Provenance } from '../../../../protocol/src';
import type { Allocation, FileModel, Launch, Parameter } from '../../analysis/model/types';
import { pointerVariable } from './arguments-text';
import type { KernelBody, Values } from './body';
import { elementOf, isFloating } from './elements';
import type { HostValues } from './host';
import type { SourceText } from './source-text';

export interface BufferContext {
  readonly model: FileModel;
  readonly source: SourceText;
  readonly body: KernelBody;
  readonly launch: Launch | undefined;
  readonly host: HostValues;
  /** Every value the launch gives. */
  readonly values: Values;
  /** Elements for a buffer whose indices do not show: what the extents and the threads suggest. */
  readonly fallback: number;
  /** The product of the extents that span the data. */
  readonly product: number;
  /** Whether some size of the launch was assumed, so that the file's own allocations may not fit it. */
  readonly assumed: boolean;
}

/** Elements of a class this file does not show whole; zero bytes are the safest contents. */
const unknownClassBytes = 256;
const zeros: Fill = { kind: 'constant', value: 0 };
/** Whole numbers are small enough to be indices of most things. */
const integers: Fill = { kind: 'random', low: 0, high: 100 };
const fractions: Fill = { kind: 'random', low: 0, high: 1 };
/** Indices that look larger than this many times the data are bounds too loose to believe. */
const loosest = 16;

export function planBuffer(
  parameter: Parameter,
  index: number,
  base: string,
  type: string,
  context: BufferContext,
): BufferArgument | { readonly message: string } {
  const known = elementOf(base);
  const structBody = known === undefined ? context.source.structBody(base) : undefined;
  if (structBody !== undefined && /\*/.test(structBody.replace(/\w+\s*\([^)]*\)[^;]*;|\/\*.*?\*\//g, ''))) {
    return {
      message: `Parameter ${parameter.name} points to ${base}, which holds pointers of its own: Kernel Lens cannot fill it. Use Run Program.`,
    };
  }
  const element: ElementType = known ?? { scalar: 'u8', lanes: 1, bytes: 1 };
  const perElement = known === undefined ? unknownClassBytes : 1;
  const reached = context.body.largestIndex(parameter.name, context.values);
  const allocation = allocationOf(context, index);
  const bytes = allocation === undefined ? undefined : bytesOf(allocation, context);

  let count: number;
  let provenance: Provenance;
  const needed =
    reached === undefined ? undefined : rounded(Math.min(reached + 1, loosest * context.fallback), context.product);
  if (allocation !== undefined && bytes !== undefined && bytes >= element.bytes) {
    const allocated = Math.floor(bytes / element.bytes);
    // With sizes of our own the file's allocation may be too small for what the kernel then touches.
    count = context.assumed ? Math.max(allocated, (needed ?? 0) * perElement) : allocated;
    provenance =
      count === allocated
        ? { kind: 'allocation', line: context.source.lineOf(allocation.span.start) }
        : { kind: 'default', why: 'as many elements as the planned threads reach' };
  } else {
    count = Math.max(1, Math.ceil(needed ?? context.fallback)) * perElement;
    const why =
      needed === undefined ? 'its indices are only known at run time' : 'as many elements as the planned threads reach';
    provenance = { kind: 'default', why };
  }
  return {
    kind: 'buffer',
    name: parameter.name,
    type,
    provenance,
    element,
    count,
    fill: known === undefined ? zeros : fillOf(parameter, element, context.body.text),
    access: parameter.access satisfies Access,
    ...(parameter.type.const ? { constant: true } : {}),
  };
}

/** A kernel that leaves the border out still works on whole rows. */
function rounded(needed: number, product: number): number {
  return needed < product && needed >= 0.9 * product ? product : needed;
}

/** The allocation of what the launch passes: in its own function if there, the last one before it. */
function allocationOf({ model, launch }: BufferContext, index: number): Allocation | undefined {
  const argument = launch?.arguments[index];
  const variable = argument === undefined ? undefined : pointerVariable(argument.text);
  if (launch === undefined || variable === undefined) return undefined;
  const named = model.allocations.filter((allocation) => allocation.variable.replace(/^this->/, '') === variable);
  const before = named.filter((allocation) => allocation.span.start < launch.span.start);
  return before[before.length - 1] ?? named[0];
}

function bytesOf(allocation: Allocation, { host }: BufferContext): number | undefined {
  const value = allocation.bytes.value;
  return value.known ? Number(value.value) : host.evaluate(allocation.bytes.text, allocation.span.start)?.value;
}

/**
 * Inputs are random; what the kernel only writes is zero. What it adds to through atomics, and integers that count or guard
 * by their name, begin at zero: a lock that starts taken would never open.
 */
function fillOf(parameter: Parameter, element: ElementType, body: string): Fill {
  const random = isFloating(element.scalar) ? fractions : integers;
  if (parameter.access === 'write') return zeros;
  if (parameter.access === 'read') return random;
  const { name } = parameter;
  const counts =
    /count|counter|hist|bins?$|sum|result|flag|lock|mutex|head|tail|queue|next|barrier|semaphore|ticket|total|done|^out/i;
  const atomic = new RegExp(`\\batomic\\w+\\s*\\(\\s*(?:&\\s*)?\\(?\\s*${name}\\b`);
  if (atomic.test(body)) return zeros;
  return counts.test(name) && !isFloating(element.scalar) ? zeros : random;
}
