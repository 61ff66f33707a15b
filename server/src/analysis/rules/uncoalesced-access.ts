import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { parameterAccess } from './lib/accesses';
import { indexForm } from './lib/index-form';
import { component, influencesOf } from './lib/influence';
import { isDevice, perFunction } from './lib/per-function';
import { msg, type Message, type Report, type Rule } from './rule';

/** Neighbouring threads use elements far from each other: each of them costs a memory transaction of its own. */
export const uncoalescedAccess: Rule = {
  id: 'uncoalesced-access',
  severity: 'information',
  optIn: true,
  summary: 'Neighbouring threads use elements that are far apart.',
  run: perFunction(isDevice, check),
};

/** The memory serves sectors of 32 bytes. */
const sector = 32n;

function check(fn: FunctionFacts, { evaluator }: Analysis): Report[] {
  const influences = influencesOf(fn, evaluator);
  const reports: Report[] = [];
  const seen = new Set<string>();
  for (const node of bodyOf(fn).of('subscript_expression')) {
    const place = parameterAccess(node, fn, evaluator);
    const moves = place && (influences.of(place.index) & component('threadIdx', 'x')) !== 0;
    const form = moves ? indexForm(place.index, fn, evaluator) : undefined;
    const type = place && fn.parameters[place.parameter]!.variable.type;
    const size =
      type?.pointers === 1 && evaluator.types.number(type.base) ? evaluator.types.size(type.base) : undefined;
    if (!form || size === undefined || seen.has(node.text)) continue;
    const strides = [...form.terms].flatMap(([monomial, coefficient]) => {
      const names = form.factors(monomial).map((id) => form.unknowns.get(id)!.name);
      return names.includes('threadIdx.x')
        ? [{ others: names.filter((name) => name !== 'threadIdx.x'), coefficient }]
        : [];
    });
    const [only] = strides;
    if (!only || strides.length !== 1) continue;
    const message = strideMessage(only.others, only.coefficient, BigInt(size));
    if (!message) continue;
    seen.add(node.text);
    reports.push({ span: node.span, message });
  }
  return reports;
}

function strideMessage(others: readonly string[], coefficient: bigint, size: bigint): Message | undefined {
  if (others.length === 0) {
    const bytes = (coefficient < 0n ? -coefficient : coefficient) * size;
    return bytes < sector ? undefined : msg('neighbouring threads use elements {0} bytes apart', String(bytes));
  }
  // `row * width + k`: each thread goes along a row of its own. A grid's or block's size may be 1.
  if (others.length !== 1 || /^(?:blockDim|gridDim)/.test(others[0]!)) return undefined;
  return msg(
    'neighbouring threads use elements {0} elements apart: each goes along a row of its own',
    `'${others[0]!}'`,
  );
}
