import type { SyntaxNode, Unit } from '../parse';
import type { Evaluator } from './evaluator';
import type { Expr } from './expression';
import type { CallFacts, FunctionFacts, LaunchFacts } from './facts';
import { isConditional, lastPart } from './file-index';
import { kernelIn } from './launch-calls';
import { eventsOf, findVariable, reachingEvent } from './reach';
import { assignedValue } from './threads';
import { hasDefault, qualified, toExpression } from './kernels';
import type { Allocation, Dim3Value, Evaluated, Expression, Launch, Span } from './types';

/** Launch dimensions with their resolved expressions, for rules that look at their form. */
export interface Dimension {
  readonly node: SyntaxNode | undefined;
  readonly exprs: readonly [Expr, Expr, Expr];
}

export function dimensionOf(
  node: SyntaxNode | undefined,
  fn: FunctionFacts | undefined,
  evaluator: Evaluator,
): Dimension {
  if (!node) {
    const missing: Expr = { kind: 'opaque', name: '', id: 'missing', why: 'is missing' };
    return { node, exprs: [missing, missing, missing] };
  }
  return { node, exprs: evaluator.dimensions(evaluator.resolveText(node.text, { at: node, function: fn })) };
}

function toDim3(dimension: Dimension, evaluator: Evaluator, fallback: Span): Dim3Value {
  const value = (expr: Expr): Evaluated => {
    const result = evaluator.evaluate(expr);
    // The components of a dim3 are unsigned integers.
    if (!result.known) return result;
    const whole = typeof result.value === 'bigint' ? result.value : BigInt(Math.trunc(result.value));
    return { known: true, value: BigInt.asUintN(32, whole) };
  };
  const [x, y, z] = dimension.exprs;
  return {
    text: dimension.node?.text ?? '',
    span: dimension.node?.span ?? fallback,
    x: value(x),
    y: value(y),
    z: value(z),
  };
}

export function readDimensions(
  { configArguments, function: fn }: LaunchFacts,
  evaluator: Evaluator,
): { grid: Dimension; block: Dimension } {
  return {
    grid: dimensionOf(configArguments[0], fn, evaluator),
    block: dimensionOf(configArguments[1], fn, evaluator),
  };
}

export function buildLaunch(
  facts: LaunchFacts,
  { grid, block }: { grid: Dimension; block: Dimension },
  unit: Unit,
  evaluator: Evaluator,
): Launch {
  const { node, callee, config, configArguments, function: fn } = facts;
  const shared = configArguments[2];
  const end = { start: config.end, end: config.end };
  const zero: Expression = { text: '0', span: end, value: { known: true, value: 0n } };
  return {
    form: facts.form,
    kernelName: calleeName(kernelIn(callee) ?? callee),
    nameSpan: callee.span,
    templateArguments: templateArguments(launchedName(facts) ?? callee).map((arg) =>
      templateArgument(arg, fn, evaluator),
    ),
    span: node.span,
    configSpan: facts.form === 'call' ? spanOf(configArguments) : config.span,
    grid: toDim3(grid, evaluator, end),
    block: toDim3(block, evaluator, end),
    shared: shared ? toExpression(evaluator, shared, fn) : zero,
    configCount: configArguments.length,
    arguments: facts.arguments.map((arg) => toExpression(evaluator, arg, fn)),
    broken: node.broken || configArguments.length < 2 || insideError(node),
    conditional: isConditional(unit.context.conditions, node),
    ...(fn ? { function: fn.name, locals: localNames(facts, fn) } : {}),
  };
}

/** Grid and block of a call. */
function spanOf([grid, block]: readonly SyntaxNode[]): Span {
  return { start: grid!.start, end: block!.end };
}

/** Local variables and parameters among the arguments. */
function localNames(facts: LaunchFacts, fn: FunctionFacts): string[] {
  return [...new Set(facts.arguments.flatMap((arg) => arg.text.match(/[A-Za-z_]\w*/g) ?? []))].filter((name) =>
    fn.variables.has(name),
  );
}

function insideError(node: SyntaxNode): boolean {
  for (const outer of node.upwards()) if (outer.type === 'ERROR') return true;
  return false;
}

/** The name of what is launched: the callee, or what the variable that it names was surely set to. */
export function launchedName({ callee, node, function: fn }: LaunchFacts): SyntaxNode | undefined {
  const name = kernelIn(callee) ?? callee;
  const variable = fn && name.type === 'identifier' ? findVariable(fn, name.text, node) : undefined;
  if (!fn || !variable) return name;
  const reaching = reachingEvent(variable, eventsOf(fn, variable), node);
  const value = 'event' in reaching ? assignedValue(reaching.event.node) : undefined;
  return value && kernelIn(value);
}

export function calleeName(callee: SyntaxNode): string {
  return callee.text
    .replace(/<[\s\S]*$/, '')
    .replace(/\s+/g, '')
    .replace(/^::/, '');
}

/** `k<A, 16>` and `ns::k<A, 16>`. */
function templateArguments(callee: SyntaxNode): readonly SyntaxNode[] {
  for (let node: SyntaxNode | undefined = callee; node; node = node.child('name')) {
    if (node.type === 'template_function') return node.child('arguments')?.children ?? [];
  }
  return [];
}

function templateArgument(node: SyntaxNode, fn: FunctionFacts | undefined, evaluator: Evaluator): Expression {
  // A lone name may be a type or a constant; the grammar reads it as a type.
  if (node.type === 'type_descriptor' && !/^[A-Za-z_]\w*$/.test(node.text)) {
    return { text: node.text, span: node.span, value: { known: false, why: 'is a type' } };
  }
  return toExpression(evaluator, node, fn);
}

/** A kernel that a launch may mean: one of the file's own, by its index in the model, or one of an included file. */
export interface Candidate {
  readonly fn: FunctionFacts;
  readonly unit: Unit;
  readonly own?: number;
}

export class KernelIndex {
  private readonly byName = new Map<string, Candidate[]>();

  constructor(candidates: readonly Candidate[]) {
    for (const candidate of candidates) {
      const name = lastPart(candidate.fn.name);
      const list = this.byName.get(name);
      if (list) list.push(candidate);
      else this.byName.set(name, [candidate]);
    }
  }

  /** The one kernel a launch can mean; a definition counts before its declarations. */
  find(name: string, argumentCount: number | undefined, unit: Unit): Candidate | undefined {
    if (!/^[\w:]+$/.test(name)) return undefined;
    let candidates = (this.byName.get(lastPart(name)) ?? []).filter((candidate) => {
      const full = nameOf(candidate);
      if (full !== name && !full.endsWith(`::${name}`) && !name.endsWith(`::${full}`)) return false;
      if (argumentCount === undefined) return true;
      const { parameters } = candidate.fn;
      const needed = parameters.filter(({ node }) => !hasDefault(node)).length;
      return argumentCount <= parameters.length && argumentCount >= needed;
    });
    // Names of the launch's own namespaces are found first.
    const here = candidates.filter((candidate) => {
      const full = nameOf(candidate);
      return name === full || unit.context.namespaces.join('::') === full.split('::').slice(0, -1).join('::');
    });
    if (here.length > 0) candidates = here;
    const defined = candidates.filter(({ fn }) => fn.body);
    if (defined.length === 0) return candidates.find(({ own }) => own !== undefined) ?? candidates[0];
    return defined.length === 1 ? defined[0] : undefined;
  }
}

function nameOf({ fn, unit }: Candidate): string {
  return qualified(unit, fn.name);
}

const bytesArgument: Record<string, number> = {
  cudaMalloc: 1,
  cudaMallocManaged: 1,
  cudaMallocHost: 1,
  cudaHostAlloc: 1,
  cudaMallocAsync: 1,
  hipMalloc: 1,
};

export function buildAllocation(call: CallFacts, evaluator: Evaluator): Allocation | undefined {
  const api = lastPart(call.callee);
  const target = call.arguments[0];
  const bytes = call.arguments[bytesArgument[api] ?? 1];
  const variable = target && pointedVariable(target);
  if (!bytes || variable === undefined) return undefined;
  return {
    variable,
    api,
    span: call.node.span,
    bytes: toExpression(evaluator, bytes, call.function),
    ...(call.function ? { function: call.function.name } : {}),
  };
}

/** `p` of `(void**)&p`, `&p`, `reinterpret_cast<void**>(&p)`, `&s.p`, `&p[i]`. */
function pointedVariable(node: SyntaxNode): string | undefined {
  const match = /&\s*((?:[A-Za-z_]\w*(?:\.|->|::))*[A-Za-z_]\w*(?:\[[^\]]*\])?)[\s)]*$/.exec(node.text);
  return match?.[1]?.replace(/\s+/g, '');
}
