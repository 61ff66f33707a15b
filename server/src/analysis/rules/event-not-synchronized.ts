import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { compact } from './lib/byte-counts';
import { callsOf, perHostFunction, type ApiCall } from './lib/host';
import { canFollow, insertLine, lineOf, waitsBetween } from './lib/host-order';
import { msg, type Fix, type Report, type Rule } from './rule';

/** The time between two events is asked for before the second has happened: cudaErrorNotReady, and the variable keeps its old value. */
export const eventNotSynchronized: Rule = {
  id: 'event-not-synchronized',
  severity: 'error',
  summary: 'cudaEventElapsedTime is called before the second event has happened.',
  run: perHostFunction(/^cudaEventElapsedTime$/, check),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  const calls = callsOf(fn);
  return calls.flatMap((call): Report[] => {
    const [, start, stop] = call.arguments;
    if (call.name !== 'cudaEventElapsedTime' || !start || !stop) return [];
    const before = calls.filter(({ node, name }) => name === 'cudaEventRecord' && node.offset < call.node.offset);
    const record = before
      .filter(({ arguments: args }) => args[0] && compact(args[0].text) === compact(stop.text))
      .pop();
    if (!record || !canFollow(record.node, call.node)) return [];
    // Waiting for the first event says nothing about the second.
    const other = (node: ApiCall['node']): boolean => {
      const args = node.child('arguments')?.children ?? [];
      return (
        node.child('function')?.text === 'cudaEventSynchronize' &&
        args[0] !== undefined &&
        compact(args[0].text) === compact(start.text)
      );
    };
    const around = (node: ApiCall['node']): boolean =>
      node.contains(call.node) || node.contains(record.node) || [...wrapped(node)].some(other);
    const from = record.node.offset + record.node.length;
    // Copies between containers of Thrust wait, and so do most of its algorithms.
    const between = fn.body?.text.slice(from - fn.body.offset, call.node.offset - fn.body.offset) ?? '';
    if (/\bthrust::/.test(between)) return [];
    if (waitsBetween(fn, from, call.node.offset, analysis, around)) return [];
    const message = msg(
      "'{0}' may not have happened yet: without cudaEventSynchronize({0}) the call fails with cudaErrorNotReady",
      stop.text,
    );
    return [{ span: call.node.span, message, fixes: synchronize(call, stop.text) }];
  });
}

/** The call and what a checking macro around it holds. */
function* wrapped(node: ApiCall['node']): Generator<ApiCall['node']> {
  yield node;
  const args = node.child('arguments')?.children ?? [];
  if (args.length === 1 && args[0]!.type === 'call_expression') yield* wrapped(args[0]!);
}

function synchronize({ node }: ApiCall, event: string): Fix[] {
  const statement = lineOf(node);
  if (!statement) return [];
  const text = `cudaEventSynchronize(${event});`;
  return [{ title: msg("Insert '{0}'", text), edits: [insertLine(statement, text, 'before')], preferred: true }];
}
