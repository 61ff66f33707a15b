import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { lastPart } from '../model/file-index';
import type { SyntaxNode } from '../parse';
import { hostFunctions, launchesIn } from './lib/host';
import { insertLine, lineOf } from './lib/host-order';
import { checkingMacro } from './lib/checking';
import { msg, type Fix, type Report, type Rule } from './rule';

/** A launch returns no error: whether it succeeded has to be asked for, or a kernel that never ran looks like a wrong result. */
export const uncheckedLaunch: Rule = {
  id: 'unchecked-launch',
  severity: 'information',
  summary: 'Nothing asks whether a kernel launch succeeded.',
  optIn: true,
  run: (analysis) => hostFunctions(analysis, /^<<<$/).flatMap((fn) => check(fn, analysis)),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  return launchesIn(fn).flatMap((launch): Report[] => {
    if (isWrapped(launch) || isAskedAfter(launch, fn, analysis)) return [];
    const name = launch.child('function')?.text ?? '';
    const message = msg("nothing asks whether the launch of '{0}' succeeded: call cudaGetLastError() after it", name);
    return [{ span: launch.child('function')!.span, message, fixes: ask(launch, analysis) }];
  });
}

/** `CHECK((k<<<1, 1>>>()))`. */
function isWrapped(launch: SyntaxNode): boolean {
  for (const outer of launch.upwards()) {
    if (outer !== launch && outer.type === 'call_expression') return true;
    if (/_statement$/.test(outer.type)) return false;
  }
  return false;
}

/** Behind the launch the function asks for the last error, or calls what may. */
function isAskedAfter(launch: SyntaxNode, fn: FunctionFacts, analysis: Analysis): boolean {
  return bodyOf(fn)
    .of('call_expression')
    .some((call) => {
      if (call.offset < launch.offset + launch.length && !sharesLoop(call, launch)) return false;
      const name = call.child('function')?.text ?? '';
      if (/LastError/.test(name) || /check|err|assert|verify|safe/i.test(name)) return true;
      // The result of a call that waits holds the launch's error as well.
      if (/Synchronize$|^cudaMemcpy$/.test(name)) return call.parent?.type !== 'expression_statement';
      const { index } = analysis.evaluator;
      const bodies = [
        ...(index.functions.get(lastPart(name)) ?? []).map(({ value }) => value.body?.text ?? ''),
        ...(index.macros.get(name) ?? []).map(({ value }) => value.body),
      ];
      return bodies.some((body) => /LastError|check|err/i.test(body));
    });
}

function sharesLoop(call: SyntaxNode, launch: SyntaxNode): boolean {
  for (const outer of launch.upwards())
    if (/^(?:for|while|do)_statement$/.test(outer.type) && outer.contains(call)) return true;
  return false;
}

function ask(launch: SyntaxNode, analysis: Analysis): Fix[] {
  const statement = lineOf(launch);
  const macro = checkingMacro(analysis);
  if (!statement || macro === undefined) return [];
  const text = `${macro}(cudaGetLastError());`;
  return [{ title: msg("Insert '{0}'", text), edits: [insertLine(statement, text, 'after')], preferred: true }];
}
