/** The memory that the file allocates for what a launch passes. Pure. */
import * as l10n from '@vscode/l10n';
import type { ElementType, Provenance } from '../../../../protocol/src';
import type { Allocation } from '../../analysis/model/types';
import { pointerVariable } from './arguments-text';
import type { BufferContext } from './buffers';
import type { Definition } from './source-text';

type Context = Pick<BufferContext, 'site' | 'host'>;

/** How many functions a pointer is followed out of. */
const deepest = 4;

/** The allocation of what the launch passes. */
export function allocationOf(context: Context, index: number): Allocation | undefined {
  const argument = context.site.launch?.arguments[index];
  return argument === undefined ? undefined : allocationBehind(argument.text, context);
}

/** The allocation of a pointer: the last one before the launch, else the first; of a parameter, that of what is passed for it. */
export function allocationBehind(text: string, context: Context): Allocation | undefined {
  const { launch } = context.site;
  return launch === undefined ? undefined : found(text, launch.span.start, context, 0);
}

function found(text: string, at: number, context: Context, depth: number): Allocation | undefined {
  const variable = pointerVariable(text);
  if (variable === undefined) return undefined;
  const named = context.site.model.allocations.filter(({ variable: name }) => name.replace(/^this->/, '') === variable);
  const before = named.filter((allocation) => allocation.span.start < at);
  const nearest = before[before.length - 1] ?? named[0];
  if (nearest !== undefined || depth >= deepest) return nearest;
  for (const { text: other, at: place } of pointersFor(variable, at, context)) {
    const allocation = found(other, place, context, depth + 1);
    if (allocation !== undefined) return allocation;
  }
  return undefined;
}

/** What a pointer without memory of its own is made of: `d_all + n` of `float* d_x = d_all + n;`, what calls pass for a parameter. */
function pointersFor(variable: string, at: number, { site }: Context): readonly Definition[] {
  const own = site.source.definition(variable, at);
  if (own !== undefined && isPointerInto(own.text) && pointerVariable(own.text) !== variable) return [own];
  return site.source.passedFor(variable, at);
}

/** A pointer, something added or an address of an element: nothing that is called, made new or chosen. */
function isPointerInto(text: string): boolean {
  return (
    /^(?:\([^()]*\*\s*\)\s*)?(?:&\s*)?(?!new\b|nullptr\b|NULL\b)[A-Za-z_][\w.]*\s*(?:$|\+|\[)/.test(text.trim()) &&
    !text.includes('?')
  );
}

/** `4` of `d_in + 4` and `&d_in[4]`, also where a variable stands between; 0 where nothing, or nothing that is known, is added. */
export function offsetOf(context: Context, index: number): number {
  const { launch } = context.site;
  const value = launch === undefined ? 0 : offsetIn(launch.arguments[index]?.text ?? '', launch.span.start, context, 0);
  return value !== undefined && value > 0 ? value : 0;
}

/** Undefined where something is added that is not known. */
function offsetIn(text: string, at: number, context: Context, depth: number): number | undefined {
  const plain = text.trim();
  const added =
    /^[A-Za-z_][\w.]*\s*\+\s*([^,]+)$/.exec(plain)?.[1] ?? /^&\s*[A-Za-z_]\w*\s*\[([^\][]+)\]$/.exec(plain)?.[1];
  const value = added === undefined ? undefined : context.host.evaluate(added, at);
  if (added !== undefined && !(value && value.assumed.length === 0 && Number.isInteger(value.value))) return undefined;
  // A cast changes what is counted.
  const variable = plain.includes(')') && added === undefined ? undefined : pointerVariable(plain);
  if (variable === undefined || depth >= deepest || isAllocated(variable, context)) return value?.value ?? 0;
  const [only, ...others] = pointersFor(variable, at, context);
  const before = only === undefined || others.length > 0 ? 0 : offsetIn(only.text, only.at, context, depth + 1);
  return before === undefined ? undefined : before + (value?.value ?? 0);
}

function isAllocated(variable: string, { site }: Context): boolean {
  return site.model.allocations.some(({ variable: name }) => name.replace(/^this->/, '') === variable);
}

/** Elements that the file allocates, with what had to be assumed for that; undefined where it is not even one. */
export function allocatedCount(
  { bytes, span }: Allocation,
  element: ElementType,
  { host, site: { source, file } }: Context,
): { readonly count: number; readonly provenance: Provenance } | undefined {
  const value = host.value(bytes.value, bytes.text, span.start);
  if (value === undefined || !(value.value >= element.bytes)) return undefined;
  const line = source.lineOf(span.start);
  const place = file === undefined ? {} : { file };
  const count = Math.floor(value.value / element.bytes);
  if (value.assumed.length > 0) {
    const why = l10n.t(
      'allocation in line {0}, known only at run time; assumed {1}',
      line,
      host.assumedText(value.assumed),
    );
    return { count, provenance: { kind: 'default', why } };
  }
  const given = host.givenText(value.preset);
  return { count, provenance: { kind: 'allocation', line, ...place, ...(given.length === 0 ? {} : { given }) } };
}
