import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts, Variable } from '../model/facts';
import { findVariable } from '../model/reach';
import { Symbolic } from '../model/symbolic';
import { indexForm } from './lib/index-form';
import { isDevice, perFunction } from './lib/per-function';
import { msg, type Fix, type Report, type Rule } from './rule';

/**
 * Shared memory lies in 32 banks, word by word. Threads of a warp that go down a column of a tile whose rows are 32 words long all
 * use one bank, one after the other.
 */
export const sharedBankConflict: Rule = {
  id: 'shared-bank-conflict',
  severity: 'information',
  optIn: true,
  summary: 'Threads of a warp use the same bank of shared memory.',
  run: perFunction(isDevice, check),
};

const banks = 32;
/** Fewer threads on one bank are hardly measured. */
const least = 8;

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  const reported = new Set<Variable>();
  return bodyOf(fn)
    .of('subscript_expression')
    .flatMap((node): Report[] => {
      if (node.parent?.type === 'subscript_expression' && node.field === 'argument') return [];
      const found = access(node, fn);
      const words = found && strideOf(found, fn, analysis);
      if (!found || words === undefined || reported.has(found.variable)) return [];
      const ways = commonDivisor(Math.abs(words), banks);
      if (ways < least) return [];
      reported.add(found.variable);
      const message = msg(
        "threads of a warp use '{0}' {1} words apart: {2} of them share a bank and wait for each other",
        found.variable.name,
        words,
        ways,
      );
      return [{ span: node.span, message, fixes: paddingFix(found.variable) }];
    });
}

interface Indexed {
  readonly variable: Variable;
  readonly indices: readonly SyntaxNode[];
}

function access(node: SyntaxNode, fn: FunctionFacts): Indexed | undefined {
  const indices: SyntaxNode[] = [];
  let base: SyntaxNode | undefined = node;
  while (base?.type === 'subscript_expression') {
    indices.unshift(...(base.child('indices')?.children ?? []));
    base = base.child('argument');
  }
  const variable = base?.type === 'identifier' ? findVariable(fn, base.text, base) : undefined;
  const whole = variable?.specifiers.has('__shared__') && variable.type.arrays === indices.length;
  return variable && whole && variable.type.pointers === 0 ? { variable, indices } : undefined;
}

/** How many words lie between what neighbouring threads use; nothing where that is not sure. */
function strideOf({ variable, indices }: Indexed, fn: FunctionFacts, { evaluator }: Analysis): number | undefined {
  if (evaluator.types.size(variable.type.base) !== 4) return undefined;
  const symbolic = new Symbolic(evaluator);
  let words = 0n;
  let row = 1n;
  for (let i = indices.length - 1; i >= 0; i--) {
    const form = indexForm(indices[i]!, fn, evaluator);
    if (!form) return undefined;
    for (const [monomial, coefficient] of form.terms) {
      const names = form.factors(monomial).map((id) => form.unknowns.get(id)!.name);
      if (!names.includes('threadIdx.x')) continue;
      if (names.length > 1) return undefined;
      words += coefficient * row;
    }
    const extent = i > 0 ? variable.type.extents[i] : undefined;
    const length = extent && symbolic.integer(evaluator.resolveText(extent.text, { at: extent, function: fn }));
    if (i > 0 && length === undefined) return undefined;
    row *= length ?? 1n;
  }
  return words === 0n ? undefined : Number(words);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** One word more in each row moves the rows to different banks. */
function paddingFix({ type }: Variable): Fix[] {
  const last = type.extents[type.extents.length - 1];
  if (!last || type.extents.length < 2) return [];
  const newText = `${last.text} + 1`;
  return [
    { title: msg('Make rows one word longer: {0}', newText), edits: [{ span: last.span, newText }], preferred: true },
  ];
}
