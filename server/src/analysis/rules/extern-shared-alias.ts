import { bodyOf } from '../model/body';
import type { FunctionFacts, Variable } from '../model/facts';
import { findVariable } from '../model/reach';
import { isDevice, perFunction } from './lib/per-function';
import { msg, type Rule } from './rule';

/** All `extern __shared__` arrays of a kernel start at the same address: two of them are two names for the same memory. */
export const externSharedAlias: Rule = {
  id: 'extern-shared-alias',
  severity: 'warning',
  summary: 'Two `extern __shared__` arrays are the same memory.',
  run: perFunction(isDevice, (fn) => {
    const [first, ...others] = dynamicArrays(fn);
    return others.flatMap((other) => {
      if (!first || other.name === first.name || !used(fn, other) || !used(fn, first)) return [];
      const message = msg(
        "'{0}' starts at the same address as '{1}': dynamic shared memory is one block",
        other.name,
        first.name,
      );
      return [{ span: other.node.span, message }];
    });
  }),
};

/** Those that are always declared: not under `#if`, and not each for an instantiation of its own. */
function dynamicArrays(fn: FunctionFacts): Variable[] {
  return [...fn.variables.values()]
    .flat()
    .filter(({ specifiers, scope, node }) => {
      if (!specifiers.has('extern') || !specifiers.has('__shared__') || scope !== fn.body) return false;
      for (const outer of node.upwards()) if (outer.type.startsWith('preproc_')) return false;
      return true;
    })
    .sort((a, b) => a.node.start - b.node.start);
}

function used(fn: FunctionFacts, variable: Variable): boolean {
  return bodyOf(fn)
    .of('identifier')
    .some((node) => {
      return node.text === variable.name && node !== variable.node && findVariable(fn, node.text, node) === variable;
    });
}
