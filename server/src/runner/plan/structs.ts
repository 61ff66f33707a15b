/** Structures passed by value: where their members lie, and what each holds. Pure. */
import * as l10n from '@vscode/l10n';
import type { ScalarArgument, StructArgument, StructMember } from '../../../../protocol/src';
import type { Parameter } from '../../analysis/model/types';
import { allocationBehind } from './allocations';
import { planPointer, type BufferContext } from './buffers';
import { isFloating } from './elements';
import { layoutOf, type Leaf, type StructLayout } from './layout';
import { numberText } from './number-text';
import { assumedInteger, isExtent } from './scalars';
import type { Situation } from './situation';

export interface PlanStruct {
  readonly scalars: readonly { readonly path: string; readonly value: ScalarArgument }[];
  argument(parameter: Parameter, type: string, context: BufferContext): StructArgument;
}

/** A parameter of class type by value; undefined where its layout is not known. */
export function structFor(parameter: Parameter, index: number, situation: Situation): PlanStruct | undefined {
  const { settings, launch, request } = situation;
  const base = situation.substituted(parameter.type.base);
  const layout = layoutOf(request.model, base);
  if (layout === undefined) return undefined;
  const prefix = `${parameter.name}.`;
  for (const name of settings.names.filter((candidate) => candidate.startsWith(prefix))) {
    const setting = settings.get(name);
    const known = layout.leaves.some(({ path }) => prefix + path === name);
    if (setting && !known)
      settings.fail(setting, l10n.t('{0} has no member {1} that can be set', base, name.slice(prefix.length)));
  }
  const passed = launch?.arguments[index]?.text.trim();
  const written = writtenMembers(layout, passed, situation);
  const scalars = layout.leaves.flatMap((leaf) =>
    leaf.kind === 'scalar' ? [{ path: leaf.path, value: memberScalar(leaf, parameter, written, situation) }] : [],
  );
  const values = new Map(scalars.map(({ path, value }) => [path, value]));
  return {
    scalars,
    argument: (_parameter, type, buffers) => {
      const behind = (name: string | undefined) => (name === undefined ? undefined : allocationBehind(name, buffers));
      const members = layout.leaves.map((leaf): StructMember => {
        const { path, offset } = leaf;
        if (leaf.kind === 'scalar') return { path, offset, value: values.get(path)! };
        const access = leaf.constant ? 'read' : buffers.body.accessOf(prefix + (leaf.array ?? path));
        // `cudaMalloc(&params.data, …)` names the member itself.
        const own = passed !== undefined && /^[A-Za-z_]\w*$/.test(passed) ? `${passed}.${path}` : undefined;
        const text = written.get(path)?.text;
        const pointer = { ...leaf, path: prefix + (leaf.array ?? path), name: path, access };
        const allocation = behind(text) ?? behind(own);
        const planned = { ...pointer, allocation, inArray: leaf.array !== undefined };
        return { path, offset, value: planPointer(planned, buffers) };
      });
      return {
        kind: 'struct',
        name: parameter.name,
        type,
        provenance:
          passed === undefined
            ? { kind: 'default', why: l10n.t('laid out as the file defines it') }
            : situation.launchSite(),
        bytes: layout.bytes,
        members,
        ...(layout.zero.length === 0 ? {} : { zero: layout.zero }),
      };
    },
  };
}

/** What the host writes into the structure that it passes: member by member, in a list, or in the launch itself. */
function writtenMembers(
  { order }: StructLayout,
  argument: string | undefined,
  { site: { launch, source } }: Situation,
): ReadonlyMap<string, { readonly text: string; readonly at: number }> {
  const written = new Map<string, { text: string; at: number }>();
  if (argument === undefined || launch === undefined) return written;
  const at = launch.span.start;
  const definition = source.definition(argument, at) ?? source.listOf(argument, at);
  const text = definition?.text ?? argument;
  const list = /^(?:make_\w+\s*\(|[\w:]*\s*\{|dim3\s*\()([\s\S]*)[)}]$/.exec(text)?.[1];
  for (const [index, item] of (list === undefined ? [] : source.items(list)).entries()) {
    const designated = /^\.\s*(\w+)\s*=\s*([\s\S]*)$/.exec(item);
    const path = designated?.[1] ?? order[index];
    if (path !== undefined) written.set(path, { text: designated?.[2] ?? item, at: definition?.at ?? at });
  }
  for (const [path, value] of source.membersOf(argument, at)) written.set(path, value);
  // `{{4, 5}, n}`: the elements of a member that is an array.
  for (const [path, value] of [...written]) {
    const elements = /^\{([\s\S]*)\}$/.exec(value.text.trim())?.[1];
    if (elements === undefined) continue;
    source.items(elements).forEach((element, index) => {
      if (!written.has(`${path}[${index}]`)) written.set(`${path}[${index}]`, { text: element, at: value.at });
    });
  }
  return written;
}

function memberScalar(
  { path, scalar, type, array }: Extract<Leaf, { kind: 'scalar' }>,
  parameter: Parameter,
  written: ReadonlyMap<string, { readonly text: string; readonly at: number }>,
  situation: Situation,
): ScalarArgument {
  const { body, size, settings, host, unknown } = situation;
  const floating = isFloating(scalar);
  const base = { kind: 'scalar', name: path, type, scalar } as const;
  const setting = settings.get(`${parameter.name}.${path}`);
  const set = settings.number(setting);
  if (setting !== undefined && set !== undefined) {
    return { ...base, value: numberText(set, floating), provenance: settings.origin(setting) };
  }
  const text = written.get(path);
  const value = text === undefined ? undefined : host.evaluate(text.text, text.at);
  if (value !== undefined)
    return { ...base, value: numberText(value.value, floating), provenance: situation.origin(value) };
  if (floating || scalar === 'bool') return { ...base, value: '1', provenance: { kind: 'default', why: unknown } };
  // The lanes of a vector mean what the vector's name says.
  const name = /^[xyzw]$/.test(path) ? parameter.name : (array ?? path);
  const why = isExtent(name, body.text) ? size.why : unknown;
  return { ...base, value: String(assumedInteger(name, body.text, size)), provenance: { kind: 'default', why } };
}
