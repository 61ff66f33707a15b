/** A kernel with the device functions it calls written out in its body, so that what they index and guard counts as its own. Pure. */
import { analysisOf } from '../../analysis/model/build';
import type { FunctionFacts } from '../../analysis/model/facts';
import { splitArguments } from '../../analysis/model/tokens';
import type { Expression, FileModel, Kernel, SharedVariable } from '../../analysis/model/types';
import { balanced } from './guards';
import { blankComments, type SourceText } from './source-text';

/** How far calls are followed, and how many are written out: recursion and long chains end here. */
const deepest = 4;
const mostCalls = 48;
const mostCharacters = 100_000;

/** A kernel is planned several times for one text: smaller where it does not fit, and for its lens. */
const seen = new WeakMap<SourceText, WeakMap<Kernel, SeenKernel>>();

export interface SeenKernel {
  /** With the thread indices and the shared memory of what it calls. */
  readonly kernel: Kernel;
  /** The file, the kernel's body grown by the functions that it calls. Positions before the body's end stay. */
  readonly source: SourceText;
}

/**
 * Calls of functions of the file or of what it includes become blocks at the end of the body: `f(p, i + 1)` of
 * `f(float* q, int k)` is `{ int k_1 = i + 1; … p[k_1] … }`. Pointers vanish from the call itself, where they would be a
 * use of which nothing is known.
 */
export function withCalls(model: FileModel, kernel: Kernel, source: SourceText): SeenKernel {
  let kernels = seen.get(source);
  if (kernels === undefined) seen.set(source, (kernels = new WeakMap()));
  let known = kernels.get(kernel);
  if (known === undefined) kernels.set(kernel, (known = writtenOut(model, kernel, source)));
  return known;
}

function writtenOut(model: FileModel, kernel: Kernel, source: SourceText): SeenKernel {
  const analysis = analysisOf(model);
  const { body } = kernel;
  if (analysis === undefined || body === undefined) return { kernel, source };
  const writer = new Writer((name) => analysis.evaluator.index.functions.get(name)?.map(({ value }) => value) ?? []);
  const own = source.slice(body.start, body.end);
  const { text, blocks } = writer.expand(own, 0);
  if (blocks === '') return { kernel, source };
  const grown = `${text.slice(0, -1)}${blocks}}`;
  const end = body.start + grown.length;
  const { threadAxes, blockAxes } = writer;
  return {
    kernel: {
      ...kernel,
      body: { start: body.start, end },
      threadAxes: union(kernel.threadAxes, threadAxes),
      blockAxes: union(kernel.blockAxes, blockAxes),
      shared: [...kernel.shared, ...writer.shared],
    },
    source: source.replaced(body.start, body.end, grown),
  };
}

class Writer {
  threadAxes = '';
  blockAxes = '';
  readonly shared: SharedVariable[] = [];
  #calls = 0;
  #characters = 0;

  constructor(private readonly functions: (name: string) => readonly FunctionFacts[]) {}

  /** A body with the pointers of its calls taken out, and what those calls do. */
  expand(text: string, depth: number): { text: string; blocks: string } {
    let blocks = '';
    let rest = '';
    let done = 0;
    if (depth < deepest) {
      for (const match of text.matchAll(/(?<![\w.>])((?:\w+\s*::\s*)*)([A-Za-z_]\w*)\s*(?:<([^;(){}]*)>)?\s*\(/g)) {
        const [whole, , name = '', templates] = match;
        const from = match.index + whole.length;
        const list = balanced(text, from, ')');
        const to = from + list.length;
        const args = splitArguments(list);
        const called = this.#functionOf(name, args.length);
        if (called === undefined || this.#calls >= mostCalls || this.#characters > mostCharacters) continue;
        blocks += this.#call(called, args, splitArguments(templates ?? ''), depth);
        // An argument may hold a call of its own, which is then seen behind this place.
        if (from < done) continue;
        const kept = args.map((arg, index) => (isPointer(called, index) ? '' : arg)).join(',');
        rest += text.slice(done, from) + kept;
        done = to;
      }
    }
    return { text: rest + text.slice(done), blocks };
  }

  /** The one device function of this name that takes so many arguments. */
  #functionOf(name: string, count: number): FunctionFacts | undefined {
    const found = this.functions(name).filter(
      ({ specifiers, body, parameters, variadic }) =>
        specifiers.has('__device__') && body !== undefined && !body.broken && !variadic && parameters.length >= count,
    );
    return found.length === 1 ? found[0] : undefined;
  }

  #call(called: FunctionFacts, args: readonly string[], templates: readonly string[], depth: number): string {
    const suffix = `_${++this.#calls}`;
    const names = new Map<string, string>();
    for (const name of called.variables.keys()) names.set(name, name + suffix);
    let bound = '';
    called.parameters.forEach(({ variable }, index) => {
      const arg = args[index]?.trim();
      const { name, type } = variable;
      if (arg === undefined || name === '') return;
      const path = /^&?\s*[A-Za-z_]\w*(?:\s*(?:\.|->)\s*\w+)*$/.test(arg);
      const changed = (called.events.get(name) ?? []).some((event) => event !== variable.initial);
      if (path && !arg.startsWith('&') && (!changed || type.reference)) names.set(name, arg);
      else if (type.reference && path) names.set(name, arg.replace(/^&\s*/, ''));
      else bound += `${type.base}${'*'.repeat(type.pointers + type.arrays)} ${names.get(name) ?? name} = ${arg}; `;
    });
    called.templateParameters.forEach((parameter, index) => {
      const name = parameter.child('declarator')?.text ?? parameter.child('name')?.text ?? '';
      const given = templates[index];
      if (given !== undefined && /^\w+$/.test(name)) names.set(name, given.trim());
    });
    const text = renamed(blankComments(called.body?.text ?? ''), names);
    this.#characters += text.length;
    this.threadAxes = union(this.threadAxes, called.threadAxes);
    this.blockAxes = union(this.blockAxes, called.blockAxes);
    for (const variable of [...called.variables.values()].flat()) {
      if (!variable.specifiers.has('__shared__')) continue;
      const { name, node, type, specifiers } = variable;
      const extents = type.extents.map((extent): Expression => {
        const text = renamed(extent.text, names);
        return { text, span: extent.span, value: { known: false, why: 'not folded' } };
      });
      const dynamic = specifiers.has('extern');
      this.shared.push({ name: names.get(name) ?? name, type: type.base, span: node.span, dynamic, extents });
    }
    const inner = this.expand(text, depth + 1);
    return `\n{ ${bound}${inner.text}${inner.blocks} }`;
  }
}

function isPointer({ parameters }: FunctionFacts, index: number): boolean {
  const type = parameters[index]?.variable.type;
  return type !== undefined && type.pointers + type.arrays > 0;
}

/** Names replaced, members of the same name left alone. */
function renamed(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/(?<![\w.]|->|::)[A-Za-z_]\w*/g, (word) => names.get(word) ?? word);
}

function union(a: string, b: string): string {
  return ['x', 'y', 'z'].filter((axis) => a.includes(axis) || b.includes(axis)).join('');
}
