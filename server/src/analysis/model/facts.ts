/** What one top-level item declares and does. Collected once for each item and kept until its text changes. */
import type { SyntaxNode, Unit } from '../parse';
import type { Launch } from './types';

/** A type as declared: specifiers of the declaration plus what its declarator adds. */
export interface DeclaredType {
  /** Base type without qualifiers: `float`, `unsigned int`, `ns::T`. */
  readonly base: string;
  readonly const: boolean;
  readonly pointers: number;
  readonly reference: boolean;
  /** Text of each array extent, outermost first; empty text for `[]`. */
  readonly extents: readonly SyntaxNode[];
  readonly arrays: number;
}

/** Something that gives a variable a value, or may. */
export interface VariableEvent {
  readonly node: SyntaxNode;
  /** `x` of `grid.x = …`; absent when the whole variable is meant. */
  readonly member?: string;
  readonly action:
    | { readonly kind: 'value'; readonly text: string }
    /** `dim3 g(a, b)`, `int n{4}`. */
    | { readonly kind: 'arguments'; readonly texts: readonly string[] }
    | { readonly kind: 'compound'; readonly op: string; readonly text: string }
    | { readonly kind: 'unknown'; readonly why: string }
    /** The variable is argument `index` of a function that may take it by reference. */
    | { readonly kind: 'passed'; readonly callee: string; readonly index: number };
}

export interface Variable {
  readonly name: string;
  /** The declarator's name. */
  readonly node: SyntaxNode;
  readonly type: DeclaredType;
  /** The node within which the name means this variable. */
  readonly scope: SyntaxNode;
  readonly kind: 'variable' | 'parameter' | 'constant';
  readonly specifiers: ReadonlySet<string>;
  readonly initial?: VariableEvent;
  /** Class in which a static member or enumerator stands: `Traits`. */
  readonly owner: string;
}

export interface FunctionFacts {
  readonly node: SyntaxNode;
  /** With the classes inside this item, without namespaces outside it. */
  readonly name: string;
  readonly nameNode: SyntaxNode;
  readonly owner: string;
  readonly specifiers: ReadonlySet<string>;
  /** From `template` on. */
  readonly whole: SyntaxNode;
  readonly templateParameters: readonly SyntaxNode[];
  /** Parameters in order; a parameter without a name has none here but keeps its place. */
  readonly parameters: readonly { readonly node: SyntaxNode; readonly variable: Variable }[];
  readonly variadic: boolean;
  readonly launchBounds?: SyntaxNode;
  readonly body?: SyntaxNode;
  readonly variables: Map<string, Variable[]>;
  readonly events: Map<string, VariableEvent[]>;
  readonly returnType: DeclaredType;
  threadAxes: string;
  blockAxes: string;
}

export interface LaunchFacts {
  readonly node: SyntaxNode;
  readonly form: Launch['form'];
  readonly callee: SyntaxNode;
  /** `<<<…>>>`, or what stands for it in another form. */
  readonly config: SyntaxNode;
  /** Grid, block, shared memory, stream. They need not stand in the launch. */
  readonly configArguments: readonly SyntaxNode[];
  readonly arguments: readonly SyntaxNode[];
  /** Whether `arguments` are all of them. */
  readonly argumentsKnown: boolean;
  readonly function: FunctionFacts | undefined;
}

export interface CallFacts {
  readonly node: SyntaxNode;
  readonly callee: string;
  readonly arguments: readonly SyntaxNode[];
  readonly function: FunctionFacts | undefined;
}

export interface MacroFacts {
  readonly name: string;
  readonly parameters?: readonly string[];
  readonly body: string;
  readonly node: SyntaxNode;
}

export interface StructFacts {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly fields: readonly {
    readonly type: DeclaredType;
    readonly name: string;
    /** The member's own initial value. */
    readonly initial?: string;
  }[];
  /** It has bases, unions or bit fields: its size is not computed. */
  readonly opaque: boolean;
  /** It has a constructor: an initial value is not given member by member. */
  readonly constructed: boolean;
}

export interface UnitFacts {
  readonly unit: Unit;
  readonly functions: FunctionFacts[];
  readonly launches: LaunchFacts[];
  readonly allocations: CallFacts[];
  /** Calls of a plain name, which may be a macro's. */
  readonly calls: CallFacts[];
  readonly variables: Variable[];
  readonly macros: MacroFacts[];
  readonly undefined: string[];
  readonly typedefs: { readonly name: string; readonly type: DeclaredType }[];
  readonly structs: StructFacts[];
}
