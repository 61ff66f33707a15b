import type { Analysis } from '../model/build';
import { multiprocessorOf, sharedWithoutAsking } from '../model/devices';
import { lastPart } from '../model/file-index';
import type { SyntaxNode } from '../parse';
import type { Target } from '../target';
import { decidableLaunches, known, type LaunchView } from './lib/common';
import { staticShared } from './lib/static-shared';
import { msg, type Fix, type Report, type Rule } from './rule';

/** The most that a block of any GPU may have: compute capability 9.0 and 10.x. */
const mostOfAll = 227 * 1024;

/** More than 48 KiB of shared memory a block have to be asked for; without that the launch fails with cudaErrorInvalidValue. */
export const dynamicSmemOver48k: Rule = {
  id: 'dynamic-smem-over-48k',
  severity: 'warning',
  summary: 'A launch has more than 48 KiB of shared memory, which nobody asked for with cudaFuncSetAttribute.',
  run: (analysis, target) => decidableLaunches(analysis).flatMap((view) => check(view, analysis, target)),
};

function check(view: LaunchView, analysis: Analysis, { computeCapability }: Target): Report[] {
  const third = view.facts.configArguments[2];
  const dynamic = known(view.launch.shared.value);
  if (!third || dynamic === undefined || dynamic < 0n) return [];
  const fixed = view.kernelFacts ? staticShared(view.kernelFacts, analysis.evaluator).bytes : 0;
  const bytes = Number(dynamic) + fixed;
  // What is too large without it is the business of another rule.
  if (bytes <= sharedWithoutAsking || fixed > sharedWithoutAsking) return [];
  const { span } = third;
  const device = multiprocessorOf(computeCapability)?.sharedPerBlock;
  if (device !== undefined && bytes > device) {
    const message = msg(
      '{0} bytes of shared memory are more than a block may have on {1}: {2}',
      bytes,
      `sm_${computeCapability}`,
      device,
    );
    return [{ severity: 'error', span, message }];
  }
  if (bytes > mostOfAll) {
    const message = msg('{0} bytes of shared memory are more than a block may have on any GPU: {1}', bytes, mostOfAll);
    return [{ severity: 'error', span, message }];
  }
  if (asksForMore(view, analysis)) return [];
  const message = msg(
    "{0} bytes of shared memory need cudaFuncSetAttribute for '{1}' first: without it a block has {2} at most",
    bytes,
    view.launch.kernelName,
    sharedWithoutAsking,
  );
  return [{ span, message, fixes: attributeFix(view, third) }];
}

/** Some call asks for this kernel, or for one that is not plainly another. */
function asksForMore({ launch }: LaunchView, { evaluator, model }: Analysis): boolean {
  const name = lastPart(launch.kernelName);
  const others = new Set<string>(
    model.kernels.map((kernel) => lastPart(kernel.name)).filter((other) => other !== name),
  );
  for (const { unit } of evaluator.index.facts) {
    if (!/MaxDynamicSharedMemorySize|MAX_DYNAMIC_SHARED_SIZE_BYTES/.test(unit.text)) continue;
    const calls = [...unit.text.matchAll(/\bcu(?:da)?FuncSetAttribute\s*(?:<[^()]*>)?\s*\(([^;]*)/g)];
    if (calls.length === 0) return true;
    for (const [, text] of calls) {
      const names = (text!.split(/,\s*(?:cudaFuncAttribute|CU_FUNC_ATTRIBUTE|::cudaFunc)/)[0]!.match(/[A-Za-z_]\w*/g) ??
        []) as string[];
      if (names.includes(name) || !names.some((other) => others.has(other))) return true;
    }
  }
  return false;
}

/** The call, as a statement before the launch. */
function attributeFix({ facts }: LaunchView, third: SyntaxNode): Fix[] {
  const statement = facts.node.parent;
  if (statement?.type !== 'expression_statement' || statement.parent?.type !== 'compound_statement') return [];
  const { unit } = statement;
  const lineStart = unit.text.lastIndexOf('\n', statement.offset) + 1;
  const indent = unit.text.slice(lineStart, statement.offset);
  if (indent.trim() !== '') return [];
  const call = `cudaFuncSetAttribute(${facts.callee.text}, cudaFuncAttributeMaxDynamicSharedMemorySize, ${third.text});`;
  const at = { start: statement.start, end: statement.start };
  const eol = unit.text.includes('\r\n') ? '\r\n' : '\n';
  return [
    { title: msg("Insert '{0}'", call), edits: [{ span: at, newText: `${call}${eol}${indent}` }], preferred: true },
  ];
}
