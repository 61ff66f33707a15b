/** Contents of buffers whose values are indices: they stay within what they index. Pure. */
import * as l10n from '@vscode/l10n';
import type { BufferArgument, PlannedArgument } from '../../../../protocol/src';
import type { BufferContext } from './buffers';
import type { Interval } from './interval';
import type { Situation } from './situation';

/** Memory of a known extent that the kernel indexes. */
interface Target {
  readonly name: string;
  readonly extent: number;
}

/** Random integers in [0, 100) that the kernel takes for indices of less become as small as that. */
export function withinExtents(
  list: readonly PlannedArgument[],
  globals: readonly BufferArgument[],
  situation: Situation,
  context: BufferContext,
): readonly PlannedArgument[] {
  const highs = new Map<string, { readonly high: number; readonly target: string }>();
  const sources = new Map(list.flatMap((argument) => (isOpen(argument) ? [[argument.name, argument.fill.high]] : [])));
  if (sources.size === 0) return list;
  for (const { name, extent } of targetsOf(list, globals, situation, context)) {
    const used = new Set<string>();
    const reach = (high: number) =>
      situation.body.leastReach(name, (value) => {
        const source = value.endsWith('[]') ? value.slice(0, -2) : undefined;
        if (source === undefined || !sources.has(source)) return context.contents(value);
        used.add(source);
        const most = Math.min(high, sources.get(source)!, highs.get(source)?.high ?? Infinity);
        return { lo: 0, hi: most - 1 } satisfies Interval;
      });
    if (reach(Infinity) < extent || used.size === 0 || reach(1) >= extent) continue;
    let [fits, beyond] = [1, Math.max(...[...used].map((source) => sources.get(source)!))];
    while (beyond - fits > 1) {
      const high = Math.floor((fits + beyond) / 2);
      if (reach(high) < extent) fits = high;
      else beyond = high;
    }
    for (const source of used) {
      if (fits < (highs.get(source)?.high ?? sources.get(source)!)) highs.set(source, { high: fits, target: name });
    }
  }
  return list.map((argument) => {
    const found = highs.get(argument.name);
    if (found === undefined || argument.kind !== 'buffer') return argument;
    const why = l10n.t('its values are indices into {0}', found.target);
    return {
      ...argument,
      fill: { kind: 'random', low: 0, high: found.high },
      fillProvenance: { kind: 'default', why },
    };
  });
}

/** Filled at random because nothing tells what it holds. */
function isOpen(argument: PlannedArgument): argument is BufferArgument & { fill: { kind: 'random'; high: number } } {
  return (
    argument.kind === 'buffer' &&
    argument.fill.kind === 'random' &&
    argument.fillProvenance?.kind === 'default' &&
    /^[iu]/.test(argument.element.scalar)
  );
}

/** Buffers as long as the file makes them, variables and shared memory; arrays of one dimension only. */
function targetsOf(
  list: readonly PlannedArgument[],
  globals: readonly BufferArgument[],
  { kernel, body }: Situation,
  { values }: BufferContext,
): Target[] {
  const buffers = list.flatMap((argument): Target[] =>
    argument.kind === 'buffer' && argument.provenance.kind !== 'default'
      ? [{ name: argument.name, extent: argument.count - (argument.offset ?? 0) }]
      : [],
  );
  const variables = globals.flatMap(({ name, type, count }): Target[] =>
    type.split('[').length === 2 ? [{ name, extent: count }] : [],
  );
  const shared = kernel.shared.flatMap(({ name, dynamic, extents: [only, ...others] }): Target[] => {
    if (dynamic || only === undefined || others.length > 0) return [];
    const extent = only.value.known ? Number(only.value.value) : body.range(only.text, values)?.lo;
    return extent === undefined ? [] : [{ name, extent }];
  });
  return [...buffers, ...variables, ...shared];
}
