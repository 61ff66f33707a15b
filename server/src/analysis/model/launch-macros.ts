/** Macros of a project that launch: `#define LAUNCH(k, g, b, ...) k<<<g, b>>>(__VA_ARGS__)`. A use of one is a launch. */
import { SyntaxNode } from '../parse';
import type { Memory } from './environment';
import type { CallFacts, LaunchFacts, MacroFacts, UnitFacts } from './facts';
import type { FileIndex } from './file-index';
import { splitArguments } from './tokens';

/** The one launch in a macro's body. */
interface Template {
  readonly callee: string;
  readonly config: readonly string[];
  readonly arguments: readonly string[];
  /** What else stands in the body. */
  readonly around: string;
}

const templates = new WeakMap<MacroFacts, Template | null>();
const expansions: Memory<readonly LaunchFacts[]> = new WeakMap();

/** The launches of an item, those by macros among them, in the order of the text. */
export function launchesIn(unit: UnitFacts, index: FileIndex): readonly LaunchFacts[] {
  if (unit.calls.length === 0) return unit.launches;
  return index.environment.remember(expansions, unit, () => {
    const expanded = unit.calls.flatMap((call) => expand(call, index) ?? []);
    if (expanded.length === 0) return unit.launches;
    return [...unit.launches, ...expanded].sort((a, b) => a.node.offset - b.node.offset);
  });
}

function expand(call: CallFacts, index: FileIndex): LaunchFacts | undefined {
  const [defined, ...others] = index.macros.get(call.callee) ?? [];
  if (!defined || others.length > 0) return undefined;
  const template = templateOf(defined.value);
  const lookup = template && index.macro(call.callee);
  if (!template || !lookup || 'why' in lookup) return undefined;
  const parameters = defined.value.parameters ?? [];
  const variadic = /\.\.\./.test(parameterText(defined.value));
  if (call.arguments.length < parameters.length || (!variadic && call.arguments.length > parameters.length))
    return undefined;
  const rest = call.arguments.slice(parameters.length);
  const values = new Map(parameters.map((name, i) => [name, call.arguments[i]!]));
  const piece = (text: string): SyntaxNode => {
    const whole = values.get(text.replace(/^\(\s*(\w+)\s*\)$/, '$1'));
    return whole ?? new ExpandedNode(call.node, substitute(text, values, rest));
  };
  return {
    node: call.node,
    form: 'macro',
    callee: piece(template.callee),
    config: call.node,
    configArguments: template.config.map(piece),
    arguments: template.arguments.flatMap((text) => (text === '__VA_ARGS__' ? rest : [piece(text)])),
    argumentsKnown: true,
    function: call.function,
  };
}

function substitute(text: string, values: ReadonlyMap<string, SyntaxNode>, rest: readonly SyntaxNode[]): string {
  return text.replace(/[A-Za-z_]\w*/g, (name) => {
    if (name === '__VA_ARGS__') return rest.map((node) => node.text).join(', ');
    return values.get(name)?.text ?? name;
  });
}

function parameterText({ node }: MacroFacts): string {
  return node.child('parameters')?.text ?? '';
}

function templateOf(macro: MacroFacts): Template | undefined {
  let template = templates.get(macro);
  if (template === undefined) {
    template = (macro.parameters && macro.body.includes('<<<') ? readTemplate(macro.body) : undefined) ?? null;
    // A name that the body itself gives a meaning does not mean at the use what it means here.
    if (template && hasNamesOfItsOwn(template, macro.parameters ?? [])) template = null;
    templates.set(macro, template);
  }
  return template ?? undefined;
}

function readTemplate(macroBody: string): Template | undefined {
  const body = macroBody.replace(/\\\r?\n/g, ' ');
  const match = /^([\s\S]*?)([\w:]+(?:\s*<[^<>;]*>)?|\(\s*\w+\s*\))\s*<<<([\s\S]*?)>>>\s*\(/.exec(body);
  if (!match || /#|__VA_OPT__/.test(body) || body.indexOf('<<<') !== body.lastIndexOf('<<<')) return undefined;
  const [whole, before, callee, config] = match as unknown as [string, string, string, string];
  const close = closing(body, whole.length - 1);
  if (close < 0) return undefined;
  return {
    callee,
    config: splitArguments(config),
    arguments: splitArguments(body.slice(whole.length, close)),
    around: `${before} ; ${body.slice(close + 1)}`,
  };
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return i;
  }
  return -1;
}

function hasNamesOfItsOwn(
  { callee, config, arguments: args, around }: Template,
  parameters: readonly string[],
): boolean {
  const own = new Set(around.match(/[A-Za-z_]\w*/g) ?? []);
  for (const name of [callee, ...config, ...args].join(' ').match(/[A-Za-z_]\w*/g) ?? [])
    if (own.has(name) && !parameters.includes(name) && name !== '__VA_ARGS__') return true;
  return false;
}

/** What a macro puts together; it stands where the macro is used. */
class ExpandedNode extends SyntaxNode {
  constructor(
    use: SyntaxNode,
    private readonly expansion: string,
  ) {
    super(use.unit, 'expansion', undefined, use.offset, use.length, [], use.broken);
    this.parent = use.parent;
  }

  override get text(): string {
    return this.expansion;
  }
}
