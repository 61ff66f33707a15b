import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { lastPart } from '../model/file-index';
import type { SyntaxNode } from '../parse';
import { launchesIn, perHostFunction } from './lib/host';
import { canFollow, insertLine, lineOf, usesThrust, waitsBetween } from './lib/host-order';
import { msg, type Fix, type Report, type Rule } from './rule';

/** A clock of the host is read right after a launch, which returns before the kernel has begun: the time is that of the launch alone. */
export const timingWithoutSync: Rule = {
  id: 'timing-without-sync',
  severity: 'warning',
  summary: 'A kernel is timed with a clock of the host that does not wait for the kernel to end.',
  run: perHostFunction(/^<<<$/, check),
};

const clocks =
  /^(?:clock|omp_get_wtime|MPI_Wtime|time|gettimeofday|clock_gettime|timespec_get|QueryPerformanceCounter|GetTickCount(?:64)?|cpu_?seconds?|seconds|get_?(?:wall_?|cpu_?|current_?)?time\w{0,8}|wtime|rtclock|mysecond|read_timer)$/i;

/** A reading of a clock and the variable that keeps it. */
interface Reading {
  readonly node: SyntaxNode;
  readonly name: string | undefined;
}

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  if (usesThrust(fn)) return [];
  const readings = bodyOf(fn).of('call_expression').flatMap(readingOf);
  const launches = launchesIn(fn);
  return readings.flatMap((second, i): Report[] => {
    const first = readings[i - 1];
    if (!first?.name || first.name === second.name) return [];
    const from = first.node.offset + first.node.length;
    const timed = launches.filter(({ offset }) => offset > from && offset < second.node.offset);
    const last = timed[timed.length - 1];
    if (!last || !canFollow(first.node, last) || !canFollow(last, second.node)) return [];
    if (!isDifference(fn, first, second)) return [];
    // Where the same start is compared with a later reading as well, the launch itself is what this one measures.
    if (readings.slice(i + 1).some((later) => later.name !== second.name && isDifference(fn, first, later))) return [];
    const around = (node: SyntaxNode): boolean => node.contains(last) || node.contains(second.node);
    if (waitsBetween(fn, last.offset, second.node.offset, analysis, around)) return [];
    const kernel = kernelName(last);
    if (measuresLaunches(kernel, last, fn, analysis)) return [];
    const message = msg(
      "the clock is read while '{0}' may still be running: a launch returns at once, so only the launch is timed",
      kernel,
    );
    return [{ span: second.node.span, message, fixes: synchronize(second.node) }];
  });
}

function kernelName(launch: SyntaxNode): string {
  return launch.child('function')?.text.replace(/<[\s\S]*$/, '') ?? '';
}

/** The kernel does nothing, or the same function launches it elsewhere and waits: the time of the launch is what is wanted. */
function measuresLaunches(kernel: string, launch: SyntaxNode, fn: FunctionFacts, analysis: Analysis): boolean {
  if (/empty|null|noop|no_op|dummy|launch|overhead|latency/i.test(kernel)) return true;
  const definitions = analysis.evaluator.index.functions.get(lastPart(kernel)) ?? [];
  if (definitions.some(({ value }) => value.body && !/[[*(]/.test(value.body.text))) return true;
  return launchesIn(fn).some((other) => {
    if (other === launch || kernelName(other) !== kernel) return false;
    const statement = lineOf(other);
    const siblings = statement?.parent?.children ?? [];
    const next = siblings[siblings.indexOf(statement!) + 1];
    return (
      /^\s*\w*\(?\s*(?:cuda\w*Synchronize)\b/.test(next?.text ?? '') &&
      Boolean(siblings.find(({ offset, text }) => offset > other.offset && /\bnow\s*\(|clock|time/i.test(text)))
    );
  });
}

function readingOf(node: SyntaxNode): Reading[] {
  const callee = node.child('function');
  if (!callee || node.has('kernel_call_syntax') || callee.type === 'field_expression') return [];
  const name = callee.text.replace(/\s+/g, '');
  const args = node.child('arguments')?.children ?? [];
  const now = /^[\w:]+::now$/.test(name) && args.length === 0;
  if (!now && !clocks.test(name.replace(/^(?:::|std::)/, ''))) return [];
  const address = args.find((arg) => arg.type === 'pointer_expression')?.child('argument');
  if (address) return [{ node, name: address.type === 'identifier' ? address.text : undefined }];
  if (!now && args.length > 0 && !/^(?:0|NULL|nullptr)$/.test(args[0]!.text)) return [];
  for (const outer of node.upwards()) {
    if (outer.type === 'init_declarator') return [{ node, name: outer.child('declarator')?.text }];
    if (outer.type === 'assignment_expression') {
      const left = outer.child('left');
      const plain = outer.child('operator')?.text === '=' && left?.type === 'identifier';
      return [{ node, name: plain && !isSubtracted(node, outer) ? left.text : undefined }];
    }
    if (/_statement$|^lambda_expression$/.test(outer.type)) break;
  }
  return [{ node, name: undefined }];
}

/** `t = now() - t`. */
function isSubtracted(node: SyntaxNode, within: SyntaxNode): boolean {
  for (const outer of node.upwards()) {
    if (outer === within) return false;
    if (outer.type === 'binary_expression' && outer.child('operator')?.text === '-') return true;
  }
  return false;
}

/** Whether the function takes the time from one reading to the other. */
function isDifference(fn: FunctionFacts, first: Reading, second: Reading): boolean {
  const mentions = (node: SyntaxNode | undefined, { node: reading, name }: Reading): boolean =>
    node !== undefined &&
    (node.contains(reading) || (name !== undefined && new RegExp(`\\b${name}\\b`).test(node.text)));
  const body = bodyOf(fn);
  return (
    body
      .of('binary_expression')
      .some(
        (node) =>
          node.child('operator')?.text === '-' &&
          mentions(node.child('left'), second) &&
          mentions(node.child('right'), first),
      ) ||
    body.of('argument_list').some((list) => {
      const callee = list.parent?.child('function')?.text ?? '';
      if (list.children.length > 3 || !/elapsed|diff|duration|interval|time|sub/i.test(callee) || /printf/.test(callee))
        return false;
      const inFirst = list.children.findIndex((arg) => mentions(arg, first));
      const inSecond = list.children.findIndex((arg) => mentions(arg, second));
      return inFirst >= 0 && inSecond >= 0 && inFirst !== inSecond && second.name !== undefined;
    })
  );
}

function synchronize(reading: SyntaxNode): Fix[] {
  const statement = lineOf(reading);
  if (!statement) return [];
  const text = 'cudaDeviceSynchronize();';
  return [{ title: msg("Insert '{0}'", text), edits: [insertLine(statement, text, 'before')], preferred: true }];
}
