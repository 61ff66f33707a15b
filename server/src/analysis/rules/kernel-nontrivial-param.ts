import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { lastPart } from '../model/file-index';
import { perFunction } from './lib/per-function';
import { msg, type Report, type Rule } from './rule';

/** Types that keep their contents in memory of the host, or that only host code can use. */
const standard =
  /^(?:vector|string|deque|list|forward_list|map|multimap|set|multiset|unordered_(?:multi)?(?:map|set)|unique_ptr|shared_ptr|function|valarray|queue|stack|priority_queue)$/;
const thrust = /^(?:thrust::)?(?:host_vector|device_vector|universal_vector)$/;

/** Arguments of a kernel are copied byte by byte: of a container only its pointer arrives, which is the host's. */
export const kernelNontrivialParam: Rule = {
  id: 'kernel-nontrivial-param',
  severity: 'error',
  summary: 'A kernel takes a container of the host as a parameter.',
  run: perFunction(({ specifiers }) => specifiers.has('__global__'), check),
};

function check(fn: FunctionFacts, { evaluator }: Analysis): Report[] {
  return fn.parameters.flatMap(({ node, variable }): Report[] => {
    const { base, pointers, arrays } = variable.type;
    const name = base.replace(/\s*<[\s\S]*$/, '').replace(/^(?:const|::)\s*/, '');
    if (pointers > 0 || arrays > 0) return [];
    if (evaluator.index.structs.has(lastPart(name)) || evaluator.index.typedefs.has(name)) return [];
    const host = /^std::/.test(name) && standard.test(lastPart(name));
    const vector = thrust.test(name) && (name.startsWith('thrust::') || base.includes('<'));
    if (!host && !vector) return [];
    const message = vector
      ? msg(
          "'{0}' cannot be used in a kernel: pass thrust::raw_pointer_cast({1}.data()) and its size instead",
          name,
          variable.name,
        )
      : msg("'{0}' keeps its contents on the host: a kernel needs a pointer to memory of the device", name);
    return [{ span: node.span, message }];
  });
}
