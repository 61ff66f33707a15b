/** One walk over an item's tree gathers everything the model and the rules ask of it; being one walk, it is one file. */
import type { SyntaxNode, Unit } from '../parse';
import { unparenthesized } from '../parse/node';
import {
  abstractPointers,
  declaredType,
  misreadVariable,
  readDeclarator,
  readInitial,
  readSpecifiers,
} from './declarators';
import type { CallFacts, FunctionFacts, UnitFacts, Variable, VariableEvent } from './facts';
import { launchFunction, readLaunchCall } from './launch-calls';
import { readStructs } from './records';
import { sizeChange } from './size-changes';

const collected = new WeakMap<Unit, UnitFacts>();

export function factsOf(unit: Unit): UnitFacts {
  let facts = collected.get(unit);
  if (!facts) {
    facts = new Collector(unit).run();
    collected.set(unit, facts);
  }
  return facts;
}

const allocators = /^(cudaMalloc|cudaMallocManaged|cudaMallocHost|cudaHostAlloc|cudaMallocAsync|hipMalloc)$/;
/** Nodes that open a scope for the names declared in them. */
const scopeTypes = new Set([
  'compound_statement',
  'for_statement',
  'for_range_loop',
  'lambda_expression',
  'if_statement',
  'while_statement',
  'catch_clause',
  'case_statement',
]);

interface State {
  readonly function: FunctionFacts | undefined;
  readonly scope: SyntaxNode;
  /** Class the walk is inside of. */
  readonly owner: string;
  /** The `template<…>` around the next declaration. */
  readonly template: SyntaxNode | undefined;
}

class Collector {
  private readonly facts: UnitFacts;
  /** Calls that launch; read at the end, when it is known what happens to the variables in them. */
  private readonly launchCalls: CallFacts[] = [];

  constructor(private readonly unit: Unit) {
    this.facts = {
      unit,
      functions: [],
      launches: [],
      allocations: [],
      calls: [],
      variables: [],
      macros: [],
      undefined: [],
      typedefs: [],
      structs: [],
    };
  }

  run(): UnitFacts {
    const root = this.unit.root;
    this.visit(root, { function: undefined, scope: root, owner: '', template: undefined });
    const launches = this.launchCalls.flatMap((call) => readLaunchCall(call) ?? []);
    this.facts.launches.push(...launches);
    if (launches.length > 0) this.facts.launches.sort((a, b) => a.node.offset - b.node.offset);
    return this.facts;
  }

  private children(node: SyntaxNode, state: State): void {
    for (const child of node.children) this.visit(child, state);
  }

  private visit(node: SyntaxNode, state: State): void {
    const scope = scopeTypes.has(node.type) ? node : state.scope;
    const inner = scope === state.scope ? state : { ...state, scope };
    switch (node.type) {
      case 'template_declaration':
        return this.children(node, { ...inner, template: state.template ?? node });
      case 'function_definition':
        return this.function(node, inner);
      case 'declaration':
      case 'field_declaration':
        return this.declaration(node, inner);
      case 'struct_specifier':
      case 'class_specifier':
      case 'union_specifier':
        return this.record(node, inner);
      case 'enum_specifier':
        return this.enumeration(node, inner);
      case 'type_definition':
      case 'alias_declaration':
        return this.typedef(node, inner);
      case 'preproc_def':
      case 'preproc_function_def':
        return this.macro(node);
      case 'preproc_call':
        return this.directive(node);
      case 'call_expression':
        return this.call(node, inner);
      case 'assignment_expression':
        return this.assignment(node, inner);
      case 'update_expression':
        this.event(inner, node.child('argument'), node, {
          kind: 'compound',
          op: node.child('operator')?.text.charAt(0) ?? '+',
          text: '1',
        });
        return this.children(node, inner);
      case 'for_range_loop':
        this.rangeVariable(node, inner);
        return this.children(node, inner);
      case 'lambda_expression':
        this.lambdaParameters(node, inner);
        return this.children(node, inner);
      case 'field_expression':
        this.axis(node, inner);
        return this.children(node, inner);
      case 'pointer_expression':
        if (node.child('operator')?.text === '&') this.addressTaken(node, inner);
        return this.children(node, inner);
      case 'binary_expression':
        if (node.child('operator')?.text === '>>' && node.parent?.type === 'expression_statement') {
          this.extraction(node, inner);
        }
        return this.children(node, inner);
      case 'ERROR':
        this.unparsed(node, inner);
        return this.children(node, { ...inner, template: undefined });
      default:
        return this.children(node, inner);
    }
  }

  private function(node: SyntaxNode, state: State): void {
    // `FOR_EACH(i, n) { … }` in a body is a loop that a macro opens, with the function's own variables in it.
    if (state.function && !node.child('type')) return this.children(node.child('body') ?? node, state);
    const facts = this.newFunction(node, node.child('declarator'), state);
    if (!facts) return this.children(node, state);
    const body = facts.body;
    if (body) this.visit(body, { function: facts, scope: body, owner: state.owner, template: undefined });
  }

  private newFunction(node: SyntaxNode, declared: SyntaxNode | undefined, state: State): FunctionFacts | undefined {
    const declarator = readDeclarator(declared);
    const list = declarator?.function?.child('parameters');
    if (!declarator || !list) return undefined;
    const nameNode = declarator.name.type === 'template_function' ? declarator.name.child('name') : declarator.name;
    const body = node.child('body');
    const bounds = node.first('launch_bounds') ?? declarator.function?.first('launch_bounds');
    const wrapper = node.parent?.type === 'linkage_specification' ? node.parent : node;
    const facts: FunctionFacts = {
      node,
      name: state.owner === '' ? nameNode!.text : `${state.owner}::${nameNode!.text}`,
      nameNode: nameNode!,
      owner: state.owner,
      specifiers: readSpecifiers(node),
      whole: state.template ?? wrapper,
      templateParameters: state.template?.child('parameters')?.children ?? [],
      parameters: [],
      variadic: list.has('variadic_parameter_declaration') || list.has('...'),
      ...(bounds ? { launchBounds: bounds } : {}),
      ...(body ? { body } : {}),
      variables: new Map(),
      events: new Map(),
      returnType: declaredType(node, { ...declarator, extents: [], arrays: 0 }),
      threadAxes: '',
      blockAxes: '',
    };
    const parameters = facts.parameters as { node: SyntaxNode; variable: Variable }[];
    for (const parameter of list.children) {
      if (!/^(optional_|variadic_)?parameter_declaration$/.test(parameter.type) || parameter.text === 'void') continue;
      const inner = readDeclarator(parameter.child('declarator'));
      const type = declaredType(parameter, inner);
      const abstract = inner ? 0 : abstractPointers(parameter.child('declarator'));
      const variable: Variable = {
        name: inner?.name.text ?? '',
        node: inner?.name ?? parameter,
        type: { ...type, pointers: type.pointers + type.arrays + abstract, extents: [], arrays: 0 },
        scope: node,
        kind: 'parameter',
        specifiers: readSpecifiers(parameter),
        owner: '',
      };
      parameters.push({ node: parameter, variable });
      if (variable.name !== '') add(facts.variables, variable.name, variable);
    }
    this.facts.functions.push(facts);
    return facts;
  }

  private declaration(node: SyntaxNode, state: State): void {
    const specifiers = readSpecifiers(node);
    for (const declared of node.children) {
      if (declared.field !== 'declarator') continue;
      const declarator = readDeclarator(declared.type === 'init_declarator' ? declared.child('declarator') : declared);
      if (!declarator) continue;
      const misread = misreadVariable(node, declarator, state.function !== undefined);
      if (declarator.function && !misread && declared.type !== 'init_declarator') {
        // A prototype. Only those of kernels and at file scope are of use.
        if (!state.function && node.parent?.type !== 'friend_declaration') this.newFunction(node, declared, state);
        continue;
      }
      const initial = misread ?? readInitial(declared) ?? this.fieldDefault(node, declared);
      const variable: Variable = {
        name: declarator.name.text,
        node: declarator.name,
        type: declaredType(node, declarator),
        scope: state.scope,
        kind: 'variable',
        specifiers,
        ...(initial ? { initial } : {}),
        owner: state.owner,
      };
      this.declare(variable, state);
      // A reference is another name for what it is bound to.
      const bound = declared.child('value');
      if (declarator.reference && bound)
        this.event(state, bound, declared, { kind: 'unknown', why: 'a reference to it is taken' });
    }
    this.children(node, { ...state, template: undefined });
  }

  private fieldDefault(node: SyntaxNode, declared: SyntaxNode): VariableEvent | undefined {
    const value = node.type === 'field_declaration' ? node.child('default_value') : undefined;
    return value && { node: declared, action: { kind: 'value', text: value.text } };
  }

  private declare(variable: Variable, state: State): void {
    if (!state.function) {
      // A data member belongs to its object; only static ones have one value.
      const member = variable.owner !== '' && !variable.specifiers.has('static');
      if (!member) this.facts.variables.push(variable);
      return;
    }
    add(state.function.variables, variable.name, variable);
    if (variable.initial) add(state.function.events, variable.name, variable.initial);
  }

  private record(node: SyntaxNode, state: State): void {
    const name = node.child('name')?.text ?? '';
    const body = node.child('body');
    if (body) this.facts.structs.push(...readStructs(node, name, body));
    const owner = state.owner === '' ? name : `${state.owner}::${name}`;
    this.children(node, {
      function: undefined,
      scope: node,
      owner: name === '' ? state.owner : owner,
      template: undefined,
    });
  }

  private enumeration(node: SyntaxNode, state: State): void {
    const scoped = node.has('class') || node.has('struct');
    const name = node.child('name')?.text ?? '';
    const owner = scoped ? (state.owner === '' ? name : `${state.owner}::${name}`) : state.owner;
    let previous: string | undefined;
    for (const child of node.child('body')?.children ?? []) {
      const label = child.type === 'enumerator' ? child.child('name') : undefined;
      if (!label) continue;
      const text = child.child('value')?.text ?? (previous === undefined ? '0' : `(${previous}) + 1`);
      previous = text;
      const variable: Variable = {
        name: label.text,
        node: label,
        type: { base: 'int', const: true, pointers: 0, reference: false, extents: [], arrays: 0 },
        scope: state.scope,
        kind: 'constant',
        specifiers: new Set(['constexpr', 'static']),
        initial: { node: child, action: { kind: 'value', text } },
        owner,
      };
      if (state.function && !scoped) this.declare(variable, state);
      else this.facts.variables.push(variable);
    }
  }

  private typedef(node: SyntaxNode, state: State): void {
    if (node.type === 'alias_declaration') {
      const descriptor = node.child('type');
      const name = node.child('name')?.text;
      if (descriptor && name !== undefined) {
        const type = declaredType(descriptor, undefined);
        this.facts.typedefs.push({
          name,
          type: { ...type, pointers: abstractPointers(descriptor.child('declarator')) },
        });
      }
    } else {
      for (const declared of node.children.filter((child) => child.field === 'declarator')) {
        const declarator = readDeclarator(declared);
        const type = declarator && declaredType(node, declarator);
        if (type && type.base !== '' && type.base !== declarator.name.text && !declarator.function) {
          this.facts.typedefs.push({ name: declarator.name.text, type });
        }
      }
    }
    this.children(node, state);
  }

  private macro(node: SyntaxNode): void {
    const name = node.child('name')?.text;
    if (name === undefined) return;
    const body = (node.child('value')?.text ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ' ').trim();
    const list = node.child('parameters');
    const parameters = list?.children.filter((child) => child.type === 'identifier').map((child) => child.text);
    this.facts.macros.push({ name, body, node, ...(parameters ? { parameters } : {}) });
  }

  private directive(node: SyntaxNode): void {
    const match = /^#\s*undef\s+(\w+)/.exec(node.text);
    if (match?.[1] !== undefined) this.facts.undefined.push(match[1]);
  }

  private call(node: SyntaxNode, state: State): void {
    const callee = node.child('function');
    const args = node.child('arguments')?.children ?? [];
    const config = node.first('kernel_call_syntax');
    if (callee && config) {
      this.facts.launches.push({
        node,
        form: 'chevrons',
        callee,
        config,
        configArguments: config.children,
        arguments: args,
        argumentsKnown: true,
        function: state.function,
      });
    } else if (callee) {
      const name = callee.text.replace(/\s+/g, '');
      if (allocators.test(callee.type === 'template_function' ? (callee.child('name')?.text ?? '') : name)) {
        this.facts.allocations.push({
          node,
          callee: name.replace(/<.*$/, ''),
          arguments: args,
          function: state.function,
        });
      }
      const call: CallFacts = { node, callee: name, arguments: args, function: state.function };
      if (launchFunction.test(name)) this.launchCalls.push(call);
      if (callee.type === 'identifier' && state.function) this.facts.calls.push(call);
      this.sizeChange(call, callee, state);
      args.forEach((arg, index) => {
        if (arg.type === 'identifier' || arg.type === 'field_expression') {
          this.event(state, arg, node, { kind: 'passed', callee: name, index });
        }
      });
    }
    this.children(node, state);
  }

  /** `v.resize(n)` says how many elements v has; `v.push_back(x)` changes that. */
  private sizeChange({ node, arguments: args }: CallFacts, callee: SyntaxNode, state: State): void {
    const [object, method] = [callee.child('argument'), callee.child('field')?.text ?? ''];
    if (callee.type !== 'field_expression' || object?.type !== 'identifier' || !sizeChange.test(method)) return;
    const sized = method === 'resize' || (method === 'assign' && args.length === 2);
    const text = method === 'clear' ? '0' : sized ? args[0]?.text : undefined;
    const action: VariableEvent['action'] =
      text === undefined ? { kind: 'unknown', why: `'${method}' changes its size` } : { kind: 'value', text };
    if (state.function) add(state.function.events, object.text, { node, member: '.size', action });
  }

  private assignment(node: SyntaxNode, state: State): void {
    const op = node.child('operator')?.text ?? '=';
    const text = node.child('right')?.text ?? '';
    this.event(
      state,
      node.child('left'),
      node,
      op === '=' ? { kind: 'value', text } : { kind: 'compound', op: op.slice(0, -1), text },
    );
    this.children(node, state);
  }

  /** Records that `target` (a name, or a member of one) changes at `node`. */
  private event(state: State, target: SyntaxNode | undefined, node: SyntaxNode, action: VariableEvent['action']): void {
    if (!state.function || !target) return;
    const place = unparenthesized(target);
    if (place.type === 'identifier') add(state.function.events, place.text, { node, action });
    else if (place.type === 'field_expression' || place.type === 'subscript_expression') {
      let member = place.child('field')?.text ?? '[]';
      let object = place.child('argument');
      // `s.a.x = 1` changes the member `a.x` of s.
      while (object?.type === 'field_expression' || object?.type === 'subscript_expression') {
        member = `${object.child('field')?.text ?? '[]'}.${member}`;
        object = object.child('argument');
      }
      if (object?.type === 'identifier') add(state.function.events, object.text, { node, member, action });
    }
  }

  private addressTaken(node: SyntaxNode, state: State): void {
    if (isLaunchArgument(node)) return;
    this.event(state, node.child('argument'), node, { kind: 'unknown', why: 'its address is taken' });
  }

  /** `in >> n >> m;` */
  private extraction(node: SyntaxNode, state: State): void {
    for (const inner of node.walk()) {
      if (inner.field === 'right') this.event(state, inner, node, { kind: 'unknown', why: 'is read from a stream' });
    }
  }

  private rangeVariable(node: SyntaxNode, state: State): void {
    const declarator = readDeclarator(node.child('declarator'));
    if (!declarator || !state.function) return;
    const initial: VariableEvent = { node, action: { kind: 'unknown', why: 'takes each value of a range' } };
    this.declare(
      {
        name: declarator.name.text,
        node: declarator.name,
        type: declaredType(node, declarator),
        scope: node,
        kind: 'variable',
        specifiers: new Set(),
        initial,
        owner: '',
      },
      state,
    );
  }

  private lambdaParameters(node: SyntaxNode, state: State): void {
    const list = node.child('declarator')?.child('parameters');
    for (const parameter of list?.children ?? []) {
      const declarator = readDeclarator(parameter.child('declarator'));
      if (!declarator || !state.function) continue;
      add(state.function.variables, declarator.name.text, {
        name: declarator.name.text,
        node: declarator.name,
        type: declaredType(parameter, declarator),
        scope: node,
        kind: 'parameter',
        specifiers: new Set<string>(),
        owner: '',
      });
    }
  }

  private axis(node: SyntaxNode, state: State): void {
    const { function: fn } = state;
    const object = node.child('argument');
    const axis = node.child('field')?.text ?? '';
    if (!fn || object?.type !== 'identifier' || !/^[xyz]$/.test(axis)) return;
    if (object.text === 'threadIdx' && !fn.threadAxes.includes(axis)) fn.threadAxes = sorted(fn.threadAxes + axis);
    if (object.text === 'blockIdx' && !fn.blockAxes.includes(axis)) fn.blockAxes = sorted(fn.blockAxes + axis);
  }

  /** Nothing is known any more about the names in what could not be parsed. */
  private unparsed(node: SyntaxNode, state: State): void {
    if (!state.function) return;
    for (const name of new Set<string>(node.text.slice(0, 2000).match(/[A-Za-z_]\w*/g) ?? [])) {
      add(state.function.events, name, {
        node,
        action: { kind: 'unknown', why: 'stands in code that could not be parsed' },
      });
    }
  }
}

/** `&n` in `void* args[] = {&a, &n}`, as launches take it: the kernel gets a copy. */
function isLaunchArgument(node: SyntaxNode): boolean {
  let list = node.parent;
  while (list?.type === 'cast_expression' || list?.type === 'parenthesized_expression') list = list.parent;
  const declarator = list?.type === 'initializer_list' ? list.parent : undefined;
  return declarator?.type === 'init_declarator' && declarator.parent?.child('type')?.text === 'void';
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function sorted(axes: string): string {
  return [...axes].sort().join('');
}
