/** The memory that the file allocates for what a launch passes. Pure. */
import * as l10n from '@vscode/l10n';
import type { ElementType, Provenance } from '../../../../protocol/src';
import type { Allocation } from '../../analysis/model/types';
import { pointerVariable } from './arguments-text';
import type { BufferContext } from './buffers';

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
  for (const passed of context.site.source.passedFor(variable, at)) {
    const allocation = found(passed.text, passed.at, context, depth + 1);
    if (allocation !== undefined) return allocation;
  }
  return undefined;
}

/** `4` of `d_in + 4` and `&d_in[4]`; 0 where nothing, or nothing that is known, is added. */
export function offsetOf({ site: { launch }, host }: Context, index: number): number {
  const text = launch?.arguments[index]?.text.trim() ?? '';
  const added =
    /^[A-Za-z_][\w.]*\s*\+\s*([^,]+)$/.exec(text)?.[1] ?? /^&\s*[A-Za-z_]\w*\s*\[([^\][]+)\]$/.exec(text)?.[1];
  const value = added === undefined ? undefined : host.evaluate(added);
  const known = value !== undefined && value.assumed.length === 0 && Number.isInteger(value.value);
  return known && value.value > 0 ? value.value : 0;
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
