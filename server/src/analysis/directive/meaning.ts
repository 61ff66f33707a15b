/** What the names of a directive mean for its kernel. Pure. */
import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import type { Kernel, Launch, Parameter, TemplateParameter } from '../model/types';
import { reservedMeaning } from './types';

export type Meaning =
  | { readonly kind: 'scalar'; readonly type: string }
  | { readonly kind: 'buffer'; readonly type: string; readonly pointers: number }
  | { readonly kind: 'struct'; readonly type: string; readonly members: readonly string[] }
  /** A class whose members the file does not tell. */
  | { readonly kind: 'opaque'; readonly type: string }
  | { readonly kind: 'unknownMember'; readonly type: string; readonly members: readonly string[] }
  | { readonly kind: 'template'; readonly parameter: TemplateParameter }
  | { readonly kind: 'global'; readonly type: string }
  | { readonly kind: 'reserved'; readonly name: NonNullable<ReturnType<typeof reservedMeaning>> }
  /** A name of its own, for other expressions and for the host's code. */
  | { readonly kind: 'value' };

export class DirectiveScope {
  readonly #facts: FunctionFacts | undefined;

  constructor(
    readonly analysis: Analysis,
    readonly kernel: Kernel,
    readonly launch?: Launch,
  ) {
    this.#facts = analysis.kernels[analysis.model.kernels.indexOf(kernel)];
  }

  meaningOf(name: string): Meaning {
    const [first = '', ...path] = name.split('.');
    const parameter = this.kernel.parameters.find((candidate) => candidate.name === first);
    if (parameter) return this.#parameter(parameter, path);
    const template = this.kernel.templateParameters.find((candidate) => candidate.name === name);
    if (template) return { kind: 'template', parameter: template };
    const reserved = reservedMeaning(name);
    if (reserved) return { kind: 'reserved', name: reserved };
    const global = this.globals.get(name);
    return global === undefined ? { kind: 'value' } : { kind: 'global', type: global };
  }

  /** `__constant__` and `__device__` variables of the file, with their types. */
  get globals(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [name, all] of this.analysis.evaluator.index.variables) {
      for (const { value } of all) {
        if (value.owner === '' && (value.specifiers.has('__constant__') || value.specifiers.has('__device__'))) {
          found.set(name, value.type.base + value.type.extents.map(({ text }) => `[${text}]`).join(''));
        }
      }
    }
    return found;
  }

  /** Functions of the file that run on the host and have a body, by name. */
  get references(): ReadonlyMap<string, FunctionFacts> {
    const found = new Map<string, FunctionFacts>();
    for (const [name, all] of this.analysis.evaluator.index.functions) {
      for (const { value } of all) {
        const device = value.specifiers.has('__device__') && !value.specifiers.has('__host__');
        if (value.body && !device && !value.specifiers.has('__global__') && name !== 'main') found.set(name, value);
      }
    }
    return found;
  }

  /** Names that an item may begin with: parameters, with the members of structures, template parameters, variables. */
  names(): string[] {
    const parameters = this.kernel.parameters.flatMap(({ name }) => {
      const meaning = this.meaningOf(name);
      return meaning.kind === 'struct' ? meaning.members.map((member) => `${name}.${member}`) : [name];
    });
    const used = [...this.globals.keys()].filter((name) =>
      new RegExp(`\\b${name}\\b`).test(this.#facts?.body?.text ?? ''),
    );
    return [...parameters, ...this.kernel.templateParameters.map(({ name }) => name), ...used].filter(
      (name) => name !== '',
    );
  }

  #parameter({ type }: Parameter, path: readonly string[]): Meaning {
    const { types } = this.analysis.evaluator;
    if (type.pointers > 0) {
      return path.length > 0
        ? { kind: 'unknownMember', type: type.text, members: [] }
        : { kind: 'buffer', type: type.text, pointers: type.pointers };
    }
    const fields = types.fields(types.resolve(type.base).base);
    const vector = /^(?:u?(?:char|short|int|long|longlong)|float|double)([2-4])$|^dim3$/.exec(type.base);
    const lanes = ['x', 'y', 'z', 'w'].slice(0, type.base === 'dim3' ? 3 : Number(vector?.[1] ?? 0));
    if (vector) {
      if (path.length === 0) return { kind: 'struct', type: type.base, members: lanes };
      return path.length === 1 && lanes.includes(path[0] ?? '')
        ? { kind: 'scalar', type: type.base }
        : { kind: 'unknownMember', type: type.base, members: lanes };
    }
    if (!fields) {
      const simple =
        types.number(type.base) !== undefined || this.#isTemplate(type.base) || types.size(type.base) !== undefined;
      if (path.length > 0 || !simple) return { kind: 'opaque', type: type.base };
      return { kind: 'scalar', type: type.text };
    }
    return this.#member(type.base, path);
  }

  #isTemplate(base: string): boolean {
    return this.kernel.templateParameters.some(({ name }) => name === base);
  }

  #member(base: string, path: readonly string[]): Meaning {
    const { types } = this.analysis.evaluator;
    const { base: resolved } = types.resolve(base);
    const fields = types.fields(resolved)?.fields;
    if (!fields) return path.length === 0 ? { kind: 'scalar', type: base } : { kind: 'opaque', type: base };
    const settable = fields.filter(({ type }) => type.arrays === 0 && type.pointers < 2).map(({ name }) => name);
    const [first, ...rest] = path;
    if (first === undefined) return { kind: 'struct', type: base, members: settable };
    const field = fields.find(({ name }) => name === first && settable.includes(name));
    if (!field) return { kind: 'unknownMember', type: base, members: settable };
    if (field.type.pointers > 0) return { kind: 'buffer', type: `${field.type.base}*`, pointers: field.type.pointers };
    return this.#member(field.type.base, rest);
  }
}
