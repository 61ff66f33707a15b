/** Accesses of shared arrays by index, with the sizes that the launched instantiation gives them. */
import { bodyOf } from '../../model/body';
import type { Variable } from '../../model/facts';
import { eventsOf, findVariable } from '../../model/reach';
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import type { LaunchedKernel } from './launched-kernel';
import { isMisread } from './misread';

export interface SharedIndex {
  /** The whole access: `tile[y][x]`. */
  readonly node: SyntaxNode;
  /** The array as declared with `__shared__`. */
  readonly variable: Variable;
  /** Type of the elements as they are seen at this access. */
  readonly elementType: string;
  /** The indices written, outermost first, each with the extent of its dimension where that is known. */
  readonly indices: readonly { readonly node: SyntaxNode; readonly extent: number | undefined }[];
}

export function sharedIndices(launched: LaunchedKernel): SharedIndex[] {
  return bodyOf(launched.fn)
    .of('subscript_expression')
    .flatMap((node) => {
      if (node.parent?.type === 'subscript_expression' && node.field === 'argument') return [];
      if (onlyNamed(node) || isMisread(node, launched.fn)) return [];
      const chain: SyntaxNode[] = [];
      let base: SyntaxNode = node;
      while (base.type === 'subscript_expression') {
        const list = base.child('indices')?.children ?? [];
        const argument = base.child('argument');
        if (list.length !== 1 || !argument) return [];
        chain.unshift(list[0]!);
        base = unparenthesized(argument);
      }
      const array = base.type === 'identifier' ? sharedArray(base, launched) : undefined;
      if (!array) return [];
      const { variable, elementType, direct } = array;
      const extents = variable.specifiers.has('extern') ? [undefined, ...variable.type.extents] : variable.type.extents;
      const known = extents.length === variable.type.arrays && direct;
      const indices = chain.map((index, i) => {
        const extent = known ? extents[i] : undefined;
        const value = extent && launched.integer(extent);
        return { node: index, extent: value === undefined ? undefined : Number(value) };
      });
      return [{ node, variable, elementType, indices }];
    });
}

/** The shared array a name stands for: itself, or a pointer to its beginning. */
function sharedArray(
  name: SyntaxNode,
  { fn, evaluator }: LaunchedKernel,
): { variable: Variable; elementType: string; direct: boolean } | undefined {
  const variable = findVariable(fn, name.text, name) ?? evaluator.index.shared.find((v) => v.name === name.text);
  if (!variable) return undefined;
  if (variable.specifiers.has('__shared__')) {
    if (variable.type.arrays === 0 || variable.type.pointers > 0) return undefined;
    return { variable, elementType: variable.type.base, direct: true };
  }
  if (variable.type.pointers !== 1 || variable.type.arrays > 0 || variable.kind !== 'variable') return undefined;
  const [event, ...others] = eventsOf(fn, variable).filter(({ member }) => member === undefined);
  if (!event || others.length > 0 || event !== variable.initial) return undefined;
  let value = event.node.child('value');
  while (value && value !== (value = beneath(value)));
  const array = value?.type === 'identifier' ? findVariable(fn, value.text, value) : undefined;
  if (!array?.specifiers.has('__shared__') || array.type.arrays !== 1) return undefined;
  return { variable: array, elementType: variable.type.base, direct: false };
}

/** Without a cast or parentheses around it. */
function beneath(node: SyntaxNode): SyntaxNode {
  const inner = unparenthesized(node);
  if (inner.type === 'cast_expression') return inner.child('value') ?? inner;
  if (inner.type !== 'call_expression' || !/^reinterpret_cast\b/.test(inner.child('function')?.text ?? ''))
    return inner;
  const args = inner.child('arguments')?.children ?? [];
  return args.length === 1 ? args[0]! : inner;
}

/** `&s[i]` and `sizeof(s[i])` touch nothing; the target of an atomic is touched. */
function onlyNamed({ parent }: SyntaxNode): boolean {
  if (!parent || parent.type === 'sizeof_expression' || parent.parent?.type === 'sizeof_expression') return true;
  if (parent.type !== 'pointer_expression' || parent.child('operator')?.text !== '&') return false;
  const call = parent.parent?.type === 'argument_list' ? parent.parent.parent : undefined;
  return !/^atomic[A-Z]\w*$/.test(call?.child('function')?.text ?? '');
}
