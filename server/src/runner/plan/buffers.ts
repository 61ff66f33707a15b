/** The buffer behind a pointer parameter: how many elements of what, and how they begin. Pure. */
import type { Access, BufferArgument, ElementType, Fill, PointersArgument, Provenance } from '../../../../protocol/src';
import type { Allocation, FileModel, Launch, Parameter } from '../../analysis/model/types';
import { pointerVariable } from './arguments-text';
import type { KernelBody, Values } from './body';
import { isFloating } from './elements';
import { elementFor } from './layout';
import type { HostValues } from './host';
import { Unplannable, type PlanSettings } from './settings';
import type { SourceText } from './source-text';

export interface BufferContext {
  readonly model: FileModel;
  readonly source: SourceText;
  readonly body: KernelBody;
  readonly launch: Launch | undefined;
  readonly host: HostValues;
  readonly settings: PlanSettings;
  /** Every value the launch gives. */
  readonly values: Values;
  /** Elements for a buffer whose indices do not show: what the extents and the threads suggest. */
  readonly fallback: number;
  /** The product of the extents that span the data. */
  readonly product: number;
  /** Elements of a tensor that all extents span. */
  readonly largest: number;
  /** Whether some size of the launch was assumed, so that the file's own allocations may not fit it. */
  readonly assumed: boolean;
}

/** Elements of a class this file does not show whole; zero bytes are the safest contents. */
const unknownClassBytes = 256;
/** Indices that look larger than this many times the data, and than a tensor of all extents, are bounds too loose to believe. */
const loosest = 16;
/** Buffers behind an array of pointers whose indices do not show. */
const usualPointers = 64;
/** Bytes of a buffer that nothing but a default makes this large. */
const mostFallback = 2 ** 28;
/** Buffers behind an array of pointers: each is memory of its own. */
const mostPointers = 16384;
/** Bytes that the buffers of an array of pointers share where their sizes are assumed. */
const mostBytes = 2 ** 30;
const reachedWhy = 'as many elements as the planned threads reach';
const zeros: Fill = { kind: 'constant', value: 0 };
/** Whole numbers are small enough to be indices of most things. */
const integers: Fill = { kind: 'random', low: 0, high: 100 };
const fractions: Fill = { kind: 'random', low: 0, high: 1 };

/** What a pointer's memory is for: a parameter, or a member `params.data`. */
export interface Pointer {
  /** As the body and a directive name it. */
  readonly path: string;
  readonly name: string;
  /** The pointee, template arguments substituted. */
  readonly base: string;
  readonly type: string;
  readonly access: Access;
  readonly constant: boolean;
  /** The allocation behind it. */
  readonly allocation?: Allocation | undefined;
}

export function planBuffer(
  parameter: Parameter,
  index: number,
  base: string,
  type: string,
  context: BufferContext,
): BufferArgument | { readonly message: string } {
  const known = elementFor(base, context.model);
  if (known === undefined) {
    const structBody = context.source.structBody(base);
    if (structBody !== undefined && /\*/.test(structBody.replace(/\w+\s*\([^)]*\)[^;]*;|\/\*.*?\*\//g, ''))) {
      return {
        message: `Parameter ${parameter.name} points to ${base}, which holds pointers of its own: Kernel Lens cannot fill it. Use Run Program.`,
      };
    }
  }
  const { access } = parameter;
  return planPointer(
    {
      path: parameter.name,
      name: parameter.name,
      base,
      type,
      access,
      constant: parameter.type.const,
      allocation: allocationOf(context, index),
    },
    context,
  );
}

/** The memory behind a pointer. */
export function planPointer(pointer: Pointer, context: BufferContext): BufferArgument {
  const { allocation } = pointer;
  const known = elementFor(pointer.base, context.model);
  const element: ElementType = known ?? { scalar: 'u8', lanes: 1, bytes: 1 };
  const perElement = known === undefined ? unknownClassBytes : 1;
  const reached = context.body.largestIndex(pointer.path, context.values);
  const allocated = allocation === undefined ? undefined : allocatedCount(allocation, element, context);
  const { settings } = context;
  const setting = settings.get(pointer.path);

  let count: number;
  let provenance: Provenance;
  const needed =
    reached === undefined
      ? undefined
      : rounded(Math.min(reached + 1, Math.max(loosest * context.fallback, context.largest)), context.product);
  if (setting?.size !== undefined) {
    count = settings.count(setting.size, setting);
    provenance = settings.origin(setting);
  } else if (allocated !== undefined) {
    // With sizes of our own the file's allocation may be too small for what the kernel then touches.
    const own = context.assumed || allocated.provenance.kind === 'default';
    count = own ? Math.max(allocated.count, (needed ?? 0) * perElement) : allocated.count;
    provenance = count === allocated.count ? allocated.provenance : { kind: 'default', why: reachedWhy };
  } else {
    const usual = needed ?? Math.min(context.fallback, Math.floor(mostFallback / (element.bytes * perElement)));
    count = Math.max(1, Math.ceil(usual)) * perElement;
    provenance = { kind: 'default', why: needed === undefined ? 'its indices are only known at run time' : reachedWhy };
  }
  return {
    kind: 'buffer',
    name: pointer.name,
    type: pointer.type,
    provenance,
    element,
    count,
    ...planFill(pointer, known, context),
    access: pointer.access,
    ...(pointer.constant ? { constant: true } : {}),
  };
}

/** `float** rows`: as many buffers as the body's first index reaches, each as long as its second one. */
export function planPointers(
  parameter: Parameter,
  base: string,
  type: string,
  context: BufferContext,
): PointersArgument {
  const known = elementFor(base, context.model);
  if (known === undefined) {
    throw new Unplannable(
      `Parameter ${parameter.name} leads to objects of ${base}, which Kernel Lens cannot make. Use Run Program.`,
    );
  }
  const element = known;
  const { outer, inner } = context.body.largestIndices(parameter.name, context.values);
  const { settings } = context;
  const setting = settings.get(parameter.name);
  const most = Math.floor(mostBytes / element.bytes);
  const pointers = Math.min(outer === undefined ? usualPointers : outer + 1, most);
  if (pointers > mostPointers) {
    throw new Unplannable(
      `Parameter ${parameter.name} would lead to ${pointers} buffers. Set a smaller problem in a directive above the kernel (// kernel-lens: …), or use Run Program.`,
    );
  }
  const stated = setting?.size === undefined ? undefined : settings.count(setting.size, setting);
  const fits = Math.max(1, Math.floor(most / pointers));
  const count = stated ?? Math.min(inner === undefined ? context.fallback : inner + 1, fits);
  const why =
    outer === undefined || inner === undefined
      ? 'its indices are only known at run time'
      : 'as many pointers and elements as the planned threads reach';
  const access = context.body.accessOf(parameter.name);
  return {
    kind: 'pointers',
    name: parameter.name,
    type,
    provenance: stated !== undefined && setting ? settings.origin(setting) : { kind: 'default', why },
    pointers,
    element,
    count,
    ...planFill({ path: parameter.name, name: parameter.name, access }, element, context),
    access: parameter.type.const ? 'read' : access,
  };
}

/** Whether random contents make sense: bytes of a structure of several types are none. */
function isPlain(element: ElementType | undefined): element is ElementType {
  return element !== undefined && !(element.scalar === 'u8' && element.lanes > 4);
}

/** A kernel that leaves the border out still works on whole rows. */
function rounded(needed: number, product: number): number {
  return needed < product && needed >= 0.9 * product ? product : needed;
}

/** The allocation of what the launch passes. */
function allocationOf({ model, launch }: BufferContext, index: number): Allocation | undefined {
  const argument = launch?.arguments[index];
  return argument === undefined ? undefined : allocationBehind(argument.text, model, launch);
}

/** The allocation of a pointer: the last one before the launch, else the first. */
export function allocationBehind(text: string, model: FileModel, launch: Launch | undefined): Allocation | undefined {
  const variable = pointerVariable(text);
  if (launch === undefined || variable === undefined) return undefined;
  const named = model.allocations.filter((allocation) => allocation.variable.replace(/^this->/, '') === variable);
  const before = named.filter((allocation) => allocation.span.start < launch.span.start);
  return before[before.length - 1] ?? named[0];
}

/** Elements that the file allocates, with what had to be assumed for that; undefined where it is not even one. */
function allocatedCount(
  { bytes, span }: Allocation,
  element: ElementType,
  { host, source }: BufferContext,
): { readonly count: number; readonly provenance: Provenance } | undefined {
  const value = host.value(bytes.value, bytes.text, span.start);
  if (value === undefined || !(value.value >= element.bytes)) return undefined;
  const line = source.lineOf(span.start);
  const count = Math.floor(value.value / element.bytes);
  if (value.assumed.length > 0) {
    const why = `allocation in line ${line}, known only at run time; assumed ${host.assumedText(value.assumed)}`;
    return { count, provenance: { kind: 'default', why } };
  }
  const given = host.givenText(value.preset);
  return { count, provenance: { kind: 'allocation', line, ...(given.length === 0 ? {} : { given }) } };
}

function planFill(
  pointer: Pick<Pointer, 'path' | 'name' | 'access'>,
  element: ElementType | undefined,
  { settings, body }: BufferContext,
): { readonly fill: Fill; readonly fillProvenance: Provenance } {
  const setting = settings.get(pointer.path);
  const set = setting && settings.fill(setting, element === undefined || !isFloating(element.scalar));
  if (setting && set) return { fill: set, fillProvenance: settings.origin(setting) };
  const { fill, why } = isPlain(element)
    ? fillOf(pointer, element, body.text)
    : { fill: zeros, why: 'zero bytes, which are the safest contents of a class' };
  return { fill, fillProvenance: { kind: 'default', why } };
}

/**
 * Inputs are random; what the kernel only writes is zero. What it adds to through atomics, and integers that count or guard
 * by their name, begin at zero: a lock that starts taken would never open.
 */
function fillOf(
  pointer: Pick<Pointer, 'name' | 'access'>,
  element: ElementType,
  body: string,
): { readonly fill: Fill; readonly why: string } {
  const random = isFloating(element.scalar) ? fractions : integers;
  if (pointer.access === 'write') return { fill: zeros, why: 'the kernel only writes it' };
  if (pointer.access === 'read') return { fill: random, why: 'the kernel reads it' };
  const { name } = pointer;
  const counts =
    /count|counter|hist|bins?$|sum|result|flag|lock|mutex|head|tail|queue|next|barrier|semaphore|ticket|total|done|^out/i;
  const atomic = new RegExp(`\\batomic\\w+\\s*\\(\\s*(?:&\\s*)?\\(?\\s*${name}\\b`);
  if (atomic.test(body)) return { fill: zeros, why: 'the kernel adds to it through atomics' };
  if (counts.test(name) && !isFloating(element.scalar)) return { fill: zeros, why: 'its name says that it counts' };
  return { fill: random, why: pointer.access === 'readwrite' ? 'the kernel reads it' : 'the kernel may read it' };
}
