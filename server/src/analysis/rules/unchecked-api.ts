import type { Analysis } from '../model/build';
import { callsOf, perHostFunction, type ApiCall } from './lib/host';
import { checkingMacro } from './lib/checking';
import { msg, type Report, type Rule } from './rule';

/** Calls that return no error, or whose errors nobody can act on any more. */
const unimportant =
  /^cuda(?:GetErrorString|GetErrorName|GetLastError|PeekAtLastError|CreateChannelDesc|Free\w*|\w*Destroy\w*|DeviceReset|HostUnregister|EventRecord|EventQuery|StreamQuery|Profiler\w+)$/;

/** The result of a runtime call is thrown away: its error shows up later, at another call. */
export const uncheckedApi: Rule = {
  id: 'unchecked-api',
  severity: 'information',
  summary: 'The error that a call of the CUDA runtime returns is ignored.',
  optIn: true,
  run: perHostFunction(/^cuda[A-Z]/, (fn, analysis) => {
    if (fn.name.includes('~')) return [];
    return callsOf(fn).flatMap((call) => check(call, analysis));
  }),
};

function check({ name, node }: ApiCall, analysis: Analysis): Report[] {
  if (!/^cuda[A-Z]/.test(name) || unimportant.test(name) || node.parent?.type !== 'expression_statement') return [];
  if (analysis.evaluator.index.functions.has(name)) return [];
  const callee = node.child('function')!;
  const macro = checkingMacro(analysis);
  const fixes =
    macro === undefined
      ? []
      : [
          {
            title: msg('Check it with {0}', macro),
            edits: [
              { span: { start: node.start, end: node.start }, newText: `${macro}(` },
              { span: { start: node.end, end: node.end }, newText: ')' },
            ],
            preferred: true as const,
          },
        ];
  return [{ span: callee.span, message: msg('the error that {0} returns is ignored', name), fixes }];
}
