/** The buffer behind a pointer parameter: how many elements of what, and how they begin. Pure. */
import * as l10n from '@vscode/l10n';
import type { Access, BufferArgument, ElementType, Fill, PointersArgument, Provenance } from '../../../../protocol/src';
import type { Allocation, FileModel, Parameter } from '../../analysis/model/types';
import { allocatedCount, allocationOf, offsetOf } from './allocations';
import type { KernelBody, Values } from './body';
import { isFloating } from './elements';
import type { Site } from './elsewhere';
import { elementFor } from './layout';
import type { HostValues } from './host';
import { point, type Interval } from './interval';
import { Unplannable, type PlanSettings } from './settings';
import type { SourceText } from './source-text';

export interface BufferContext {
  readonly model: FileModel;
  readonly source: SourceText;
  /** What the host says. */
  readonly site: Site;
  readonly body: KernelBody;
  readonly host: HostValues;
  readonly settings: PlanSettings;
  /** Every value the launch gives. */
  readonly values: Values;
  /** The same, and what the elements of buffers lie between. */
  readonly contents: Values;
  /** Elements for a buffer whose indices do not show: what the extents and the threads suggest. */
  readonly fallback: number;
  /** The product of the extents that span the data. */
  readonly product: number;
  /** Elements along one side, where the threads lie along several; else 0. */
  readonly side: number;
  /** Elements of a tensor that all extents span. */
  readonly largest: number;
  /** Whether some scalar was assumed or set. */
  readonly assumedSizes: boolean;
  /** Whether some size of the launch was assumed, so that the file's own allocations may not fit it. */
  readonly assumed: boolean;
}

/** Elements of a class this file does not show whole; zero bytes are the safest contents. */
const unknownClassBytes = 256;
/** Indices that look larger than this many times the data, a tensor of all extents and `mostFallback`, are bounds too loose to believe. */
const loosest = 16;
/** Buffers behind an array of pointers whose indices do not show. */
const usualPointers = 64;
/** Bytes that a buffer may well have. */
const mostFallback = 2 ** 28;
/** Buffers behind an array of pointers: each is memory of its own. */
const mostPointers = 16384;
/** Bytes that the buffers of an array of pointers share where their sizes are assumed. */
const mostBytes = 2 ** 30;
const reachedWhy = () => l10n.t('as many elements as the planned threads reach');
const runTimeWhy = () => l10n.t('its indices are only known at run time');
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
  /** The path is an array of pointers, of which this is one. */
  readonly inArray?: boolean;
  /** Elements that the launch adds to the pointer. */
  readonly startsAt?: number;
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
        message: l10n.t(
          'Parameter {0} points to {1}, which holds pointers of its own: Kernel Lens cannot fill it. Use Run Program.',
          parameter.name,
          base,
        ),
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
      startsAt: offsetOf(context, index),
    },
    context,
  );
}

/** The memory behind a pointer. */
export function planPointer(pointer: Pointer, context: BufferContext): BufferArgument {
  const { allocation, startsAt: offset = 0 } = pointer;
  const known = elementFor(pointer.base, context.model);
  const element: ElementType = known ?? { scalar: 'u8', lanes: 1, bytes: 1 };
  const perElement = known === undefined ? unknownClassBytes : 1;
  const reached =
    pointer.inArray === true
      ? context.body.largestIndices(pointer.path, context.values).inner
      : context.body.largestIndex(pointer.path, context.values);
  const allocated = allocation === undefined ? undefined : allocatedCount(allocation, element, context);
  const { settings } = context;
  const setting = settings.get(pointer.path);

  const mostElements = Math.floor(mostFallback / (element.bytes * perElement));
  // What a buffer holds bounds what it chooses in another one.
  const atLeast = () => Math.min(context.body.leastReach(pointer.path, context.contents) + 1, mostElements);
  const believed = Math.max(loosest * context.fallback, context.largest, mostElements);
  const needed = reached === undefined ? undefined : offset + rounded(Math.min(reached + 1, believed), context.product);
  let count: number;
  let provenance: Provenance;
  if (setting?.size !== undefined) {
    count = settings.count(setting.size, setting);
    provenance = settings.origin(setting);
  } else if (allocated !== undefined) {
    // With sizes of our own the file's allocation may be too small for what the kernel then touches.
    // Threads that only an assumed block adds go a little further; whatever goes much further is a bound too loose.
    const nearby = context.assumed && needed !== undefined && needed <= 2 * allocated.count;
    const own = context.assumedSizes || nearby || allocated.provenance.kind === 'default';
    // One name that was taken for one side says nothing of how many sides there are.
    const flat = allocated.provenance.kind === 'default' && allocated.count <= context.side;
    const usual = flat ? Math.min(context.fallback, mostElements) : 0;
    const least = needed ?? (own ? Math.max(atLeast(), usual) : 0);
    count = own ? Math.max(allocated.count, least * perElement) : allocated.count;
    const why = needed === undefined && count > atLeast() ? runTimeWhy() : reachedWhy();
    provenance = count === allocated.count ? allocated.provenance : { kind: 'default', why };
  } else {
    const usual = needed ?? Math.max(Math.min(context.fallback, mostElements), atLeast());
    count = Math.max(1, Math.ceil(usual)) * perElement;
    provenance = {
      kind: 'default',
      why: needed === undefined ? runTimeWhy() : reachedWhy(),
    };
  }
  return {
    kind: 'buffer',
    name: pointer.name,
    type: pointer.type,
    provenance,
    element,
    count,
    ...(offset === 0 ? {} : { offset }),
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
      l10n.t(
        'Parameter {0} leads to objects of {1}, which Kernel Lens cannot make. Use Run Program.',
        parameter.name,
        base,
      ),
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
      l10n.t(
        'Parameter {0} would lead to {1} buffers. Set a smaller problem in a directive above the kernel (// kernel-lens: …), or use Run Program.',
        parameter.name,
        pointers,
      ),
    );
  }
  const stated = setting?.size === undefined ? undefined : settings.count(setting.size, setting);
  const fits = Math.max(1, Math.floor(most / pointers));
  const count = stated ?? Math.min(inner === undefined ? context.fallback : inner + 1, fits);
  const why =
    outer === undefined || inner === undefined
      ? runTimeWhy()
      : l10n.t('as many pointers and elements as the planned threads reach');
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

/** What lies in every element of a buffer that the kernel only reads. */
export function contentsOf(
  { name, type, access }: Parameter,
  base: string,
  context: Pick<BufferContext, 'settings' | 'body' | 'model'>,
): Interval | undefined {
  const element = elementFor(base, context.model);
  if (type.pointers !== 1 || access === 'write' || !isPlain(element) || isFloating(element.scalar)) return undefined;
  const { fill } = planFill({ path: name, name, access }, element, context);
  if (fill.kind === 'constant') return point(Math.trunc(fill.value));
  return fill.kind === 'random' ? { lo: Math.ceil(fill.low), hi: Math.ceil(fill.high) - 1 } : undefined;
}

function planFill(
  pointer: Pick<Pointer, 'path' | 'name' | 'access'>,
  element: ElementType | undefined,
  { settings, body }: Pick<BufferContext, 'settings' | 'body'>,
): { readonly fill: Fill; readonly fillProvenance: Provenance } {
  const setting = settings.get(pointer.path);
  const set = setting && settings.fill(setting, element === undefined || !isFloating(element.scalar));
  if (setting && set) return { fill: set, fillProvenance: settings.origin(setting) };
  const { fill, why } = isPlain(element)
    ? fillOf(pointer, element, body.text)
    : { fill: zeros, why: l10n.t('zero bytes, which are the safest contents of a class') };
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
  if (pointer.access === 'write') return { fill: zeros, why: l10n.t('the kernel only writes it') };
  if (pointer.access === 'read') return { fill: random, why: l10n.t('the kernel reads it') };
  const { name } = pointer;
  const counts =
    /count|counter|hist|bins?$|sum|result|flag|lock|mutex|head|tail|queue|next|barrier|semaphore|ticket|total|done|^out/i;
  const atomic = new RegExp(`\\batomic\\w+\\s*\\(\\s*(?:&\\s*)?\\(?\\s*${name}\\b`);
  if (atomic.test(body)) return { fill: zeros, why: l10n.t('the kernel adds to it through atomics') };
  if (counts.test(name) && !isFloating(element.scalar))
    return { fill: zeros, why: l10n.t('its name says that it counts') };
  return {
    fill: random,
    why: pointer.access === 'readwrite' ? l10n.t('the kernel reads it') : l10n.t('the kernel may read it'),
  };
}
