/** Structures passed by value: where their members lie, and what each holds. Pure. */
import type { Provenance, ScalarArgument, StructArgument, StructMember } from '../../../../protocol/src';
import type { FileModel, Launch, Parameter } from '../../analysis/model/types';
import { allocationBehind, planPointer, type BufferContext } from './buffers';
import type { KernelBody } from './body';
import { isFloating } from './elements';
import type { HostValue, HostValues } from './host';
import { layoutOf, type Leaf, type StructLayout } from './layout';
import { numberText } from './number-text';
import { assumedInteger, isExtent, type ProblemSize } from './scalars';
import type { PlanSettings } from './settings';
import type { SourceText } from './source-text';

export interface StructContext {
  readonly model: FileModel;
  readonly body: KernelBody;
  readonly size: ProblemSize;
  readonly settings: PlanSettings;
  readonly host: HostValues;
  readonly source: SourceText;
  readonly launch: Launch | undefined;
  /** What the launch passes. */
  readonly argument: string | undefined;
  readonly origin: (value: HostValue) => Provenance;
  /** Why a value is not known. */
  readonly unknown: string;
}

export interface PlanStruct {
  readonly scalars: readonly { readonly path: string; readonly value: ScalarArgument }[];
  argument(parameter: Parameter, type: string, context: BufferContext): StructArgument;
}

/** A parameter of class type by value; undefined where its layout is not known. */
export function structOf(base: string, parameter: Parameter, context: StructContext): PlanStruct | undefined {
  const layout = layoutOf(context.model, base);
  if (layout === undefined) return undefined;
  const { settings } = context;
  const prefix = `${parameter.name}.`;
  for (const name of settings.names.filter((candidate) => candidate.startsWith(prefix))) {
    const setting = settings.get(name);
    const known = layout.leaves.some(({ path }) => prefix + path === name);
    if (setting && !known) settings.fail(setting, `${base} has no member ${name.slice(prefix.length)} that can be set`);
  }
  const written = writtenMembers(layout, context);
  const scalars = layout.leaves.flatMap((leaf) =>
    leaf.kind === 'scalar' ? [{ path: leaf.path, value: memberScalar(leaf, parameter, written, context) }] : [],
  );
  const values = new Map(scalars.map(({ path, value }) => [path, value]));
  return {
    scalars,
    argument: (_parameter, type, buffers) => {
      const members = layout.leaves.map((leaf): StructMember => {
        const { path, offset } = leaf;
        if (leaf.kind === 'scalar') return { path, offset, value: values.get(path)! };
        const access = leaf.constant ? 'read' : buffers.body.accessOf(prefix + path);
        const text = written.get(path)?.text;
        const pointer = { ...leaf, path: prefix + path, name: path, access };
        const allocation = text === undefined ? undefined : allocationBehind(text, buffers.model, buffers.launch);
        return { path, offset, value: planPointer({ ...pointer, allocation }, buffers) };
      });
      return {
        kind: 'struct',
        name: parameter.name,
        type,
        provenance: originOf(context),
        bytes: layout.bytes,
        members,
      };
    },
  };
}

function originOf({ launch, argument, source }: StructContext): Provenance {
  return launch !== undefined && argument !== undefined
    ? { kind: 'launchSite', line: source.lineOf(launch.nameSpan.start) }
    : { kind: 'default', why: 'laid out as the file defines it' };
}

/** What the host writes into the structure that it passes: member by member, in a list, or in the launch itself. */
function writtenMembers(
  { order }: StructLayout,
  { argument, launch, source }: StructContext,
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
  return written;
}

function memberScalar(
  { path, scalar, type }: Extract<Leaf, { kind: 'scalar' }>,
  parameter: Parameter,
  written: ReadonlyMap<string, { readonly text: string; readonly at: number }>,
  { body, size, settings, host, origin, unknown }: StructContext,
): ScalarArgument {
  const floating = isFloating(scalar);
  const base = { kind: 'scalar', name: path, type, scalar } as const;
  const setting = settings.get(`${parameter.name}.${path}`);
  const set = settings.number(setting);
  if (setting !== undefined && set !== undefined) {
    return { ...base, value: numberText(set, floating), provenance: settings.origin(setting) };
  }
  const text = written.get(path);
  const value = text === undefined ? undefined : host.evaluate(text.text, text.at);
  if (value !== undefined) return { ...base, value: numberText(value.value, floating), provenance: origin(value) };
  if (floating || scalar === 'bool') return { ...base, value: '1', provenance: { kind: 'default', why: unknown } };
  // The lanes of a vector mean what the vector's name says.
  const name = /^[xyzw]$/.test(path) ? parameter.name : path;
  const why = isExtent(name, body.text) ? size.why : unknown;
  return { ...base, value: String(assumedInteger(name, body.text, size)), provenance: { kind: 'default', why } };
}
