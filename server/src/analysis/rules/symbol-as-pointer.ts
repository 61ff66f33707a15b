import type { Analysis } from '../model/build';
import type { FunctionFacts, Variable } from '../model/facts';
import { unparenthesized } from '../parse/node';
import type { SyntaxNode } from '../parse';
import { callsOf, isOnly, launchesIn, perHostFunction, pointersOf, type ApiCall } from './lib/host';
import { msg, type Fix, type Report, type Rule } from './rule';

/** The arguments that are device pointers. */
const pointerArguments: Readonly<Record<string, readonly number[]>> = {
  cudaMemcpy: [0, 1],
  cudaMemcpyAsync: [0, 1],
  cudaMemcpy2D: [0, 2],
  cudaMemset: [0],
  cudaMemsetAsync: [0],
  cudaFree: [0],
};

/**
 * On the host the name of a `__device__` or `__constant__` variable is a shadow without use: its address is none of the device's, and
 * the call fails with cudaErrorInvalidValue.
 */
export const symbolAsPointer: Rule = {
  id: 'symbol-as-pointer',
  severity: 'error',
  summary: 'Host code uses the name of a __device__ or __constant__ variable as a device pointer.',
  run: perHostFunction(/^(?:cudaMem(?:cpy|set)|cudaFree$|<<<$)/, check),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  const pointers = pointersOf(fn, analysis);
  const symbol = (argument: SyntaxNode | undefined): Variable | undefined => {
    const found = argument && pointers.of(argument);
    const [first] = found && isOnly(found, 'symbol') ? found.sources : [];
    return first?.object;
  };
  const calls = callsOf(fn).flatMap((call): Report[] => {
    const positions = Object.hasOwn(pointerArguments, call.name) ? pointerArguments[call.name]! : [];
    return positions.flatMap((position): Report[] => {
      const argument = call.arguments[position];
      const variable = symbol(argument);
      if (!argument || !variable) return [];
      const message = msg(
        "'{0}' is a {1} variable: its name is not a device address on the host, and {2} fails",
        variable.name,
        qualifier(variable),
        call.name,
      );
      return [{ span: argument.span, message, fixes: symbolCopy(call, position, variable) }];
    });
  });
  const launches = launchesIn(fn).flatMap((launch) =>
    (launch.child('arguments')?.children ?? []).flatMap((argument): Report[] => {
      const variable = symbol(argument);
      if (!variable) return [];
      const message = msg(
        "'{0}' is a {1} variable: its name is not a device address on the host; the kernel can name it directly",
        variable.name,
        qualifier(variable),
      );
      return [{ span: argument.span, message }];
    }),
  );
  return [...calls, ...launches];
}

function qualifier({ specifiers }: Variable): string {
  return specifiers.has('__constant__') ? '__constant__' : '__device__';
}

/** `cudaMemcpyToSymbol(c, h, n)` in place of `cudaMemcpy(c, h, n, cudaMemcpyHostToDevice)`. */
function symbolCopy({ name, node, arguments: args }: ApiCall, position: number, { type }: Variable): Fix[] {
  const callee = node.child('function');
  const [destination, source, count, kind] = args;
  const symbol = args[position];
  if (!callee || !destination || !source || !count || !kind || !symbol || type.pointers > 0) return [];
  if (name !== 'cudaMemcpy' || args.length !== 4) return [];
  const to = position === 0 && kind.text === 'cudaMemcpyHostToDevice';
  const from = position === 1 && kind.text === 'cudaMemcpyDeviceToHost';
  if (!to && !from) return [];
  const newText = to ? 'cudaMemcpyToSymbol' : 'cudaMemcpyFromSymbol';
  const plain = unparenthesized(symbol);
  const bare = plain.type === 'pointer_expression' ? plain.child('argument') : plain;
  if (bare?.type !== 'identifier') return [];
  const edits = [
    { span: callee.span, newText },
    ...(bare.text === symbol.text ? [] : [{ span: symbol.span, newText: bare.text }]),
    { span: { start: count.end, end: kind.end }, newText: '' },
  ].sort((a, b) => a.span.start - b.span.start);
  return [{ title: msg('Use {0}', newText), edits, preferred: true }];
}
