/** What host code does between two places of a function: above all, whether it waits for the GPU there. */
import type { SyntaxNode } from '../../parse';
import { bodyOf } from '../../model/body';
import type { Analysis } from '../../model/build';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import { lastPart } from '../../model/file-index';

/** Calls that return at once, whatever the GPU is doing. */
const returnsAtOnce = new RegExp(
  '^(?:' +
    [
      'cudaEvent(?:Create\\w*|Record\\w*|ElapsedTime)',
      'cuda(?:GetLastError|PeekAtLastError|GetErrorString|GetErrorName)',
      'cudaMem(?:PrefetchAsync|Advise|setAsync|GetInfo)',
      'cuda(?:MallocAsync|FreeAsync|StreamCreate\\w*|StreamWaitEvent|LaunchKernel\\w*|LaunchCooperativeKernel|FuncSet\\w+)',
      'cuda(?:SetDevice|GetDevice\\w*|Occupancy\\w+)',
      'f?printf|puts|putchar|fflush|perror|malloc|calloc|free|memset|memcpy|exit|abort|assert|rand|srand|dim3|make_\\w+',
      'clock|time|difftime|gettimeofday|clock_gettime|omp_get_wtime|MPI_Wtime|QueryPerformance\\w+',
      'f?abs|fabsf|sqrtf?|ceilf?|floorf?|min|max|f?min|f?max|powf?|atoi|atof|strcmp|strlen',
      'static_cast|reinterpret_cast|const_cast|sizeof|float|double|int|size_t|getLastCudaError',
    ].join('|') +
    ')$',
);
const standard = /^std::(?:chrono::|move$|min$|max$|abs$|to_string$|setprecision$|setw$|string$|ceil$|sqrt$|fixed$)/;
const methods =
  /^(?:count|time_since_epoch|size|data|begin|end|c_str|str|precision|push_back|width|length|empty|front|back|at|resize|reserve|get)$/;
const clockNow = /(?:^|::)now$/;

/** Whether a call may wait for what the GPU does: everything but what is known to return at once. */
export function mayWait(call: SyntaxNode, { evaluator }: Analysis): boolean {
  if (call.has('kernel_call_syntax')) return false;
  const callee = call.child('function');
  if (!callee) return true;
  if (callee.type === 'field_expression') return !methods.test(callee.child('field')?.text ?? '');
  const name = callee.text
    .replace(/<[\s\S]*$/, '')
    .replace(/\s+/g, '')
    .replace(/^::/, '');
  const args = call.child('arguments')?.children ?? [];
  if (/^cudaMemcpyAsync$/.test(name)) return args[3]?.text !== 'cudaMemcpyDeviceToDevice';
  if (returnsAtOnce.test(name) || standard.test(name) || clockNow.test(name)) return false;
  const macros = evaluator.index.macros.get(name);
  if (macros) return macros.some(({ value }) => !waitsNowhere(value.body, args.length > 0, evaluator));
  // `CHECK(cudaGetLastError())`, `checkCudaErrors(cudaEventRecord(stop))`: looks at a result.
  const [first] = args;
  const inner = first?.type === 'call_expression' ? first.child('function')?.text : undefined;
  const own = evaluator.index.functions.get(lastPart(name));
  if (own) return !(inner !== undefined && own.every(({ value }) => takesError(value)));
  return !(inner !== undefined && returnsAtOnce.test(inner) && /check|err|safe|call|cuda|gpu|assert/i.test(name));
}

/** The body of a checking macro calls nothing that waits. */
function waitsNowhere(body: string, checks: boolean, { index }: Evaluator): boolean {
  const names = body.match(/[A-Za-z_][\w:]*(?=\s*\()/g) ?? [];
  return names.every((name) => {
    if (
      /^(?:if|while|for|do|switch|exit|return|defined|[a-z]|std::(?:exit|abort)|throw|std::runtime_error)$/.test(name)
    )
      return true;
    if (returnsAtOnce.test(name)) return true;
    const own = index.functions.get(lastPart(name));
    if (own) return own.every(({ value }) => takesError(value));
    return checks && /check|assert|err|handle/i.test(name) && !/sync/i.test(name);
  });
}

function takesError({ parameters }: FunctionFacts): boolean {
  return /cudaError|CUresult/.test(parameters[0]?.variable.type.base ?? '');
}

/** Whether anything between two offsets of a function's unit may wait for the GPU, or is not understood. */
export function waitsBetween(
  fn: FunctionFacts,
  from: number,
  to: number,
  analysis: Analysis,
  harmless: (call: SyntaxNode) => boolean = () => false,
): boolean {
  const inside = ({ offset, length }: SyntaxNode): boolean => offset >= from && offset + length <= to;
  const body = bodyOf(fn);
  if (
    ['ERROR', 'goto_statement', 'labeled_statement', 'asm_statement', 'gnu_asm_expression'].some((type) =>
      body.of(type).some(inside),
    )
  )
    return true;
  if (body.of('call_expression').some((call) => inside(call) && !harmless(call) && mayWait(call, analysis)))
    return true;
  // A macro on its own may be anything.
  return body
    .of('expression_statement')
    .some((node) => inside(node) && node.children.length === 1 && node.children[0]!.type === 'identifier');
}

/** Libraries whose objects wait in constructors, copies and assignments. */
export function usesThrust(fn: FunctionFacts): boolean {
  return (
    /\b(?:thrust|cub|torch|at)::|_vector\b/.test(fn.body?.text ?? '') &&
    /\bthrust::|\btorch::|\bat::|\bcub::/.test(fn.body?.text ?? '')
  );
}

/** Whether control that passes `first` can come to the later `second`: not in another branch, not after a `return` in its own. */
export function canFollow(first: SyntaxNode, second: SyntaxNode): boolean {
  let child = first;
  for (const node of first.upwards()) {
    if (node.type === 'lambda_expression') return node.contains(second);
    if (node !== first && node.contains(second)) {
      for (const inner of second.upwards()) {
        if (inner === node) break;
        if (inner.type === 'lambda_expression') return false;
      }
      const arm = node.children.find((candidate) => candidate.contains(second));
      if (child === arm) return true;
      if (node.type === 'if_statement') return child.field === 'condition' || child.type === 'condition_clause';
      if (/^(?:switch_statement|case_statement|conditional_expression|preproc_\w+|try_statement)$/.test(node.type))
        return false;
      return !(
        node.type === 'compound_statement' &&
        node.parent?.type === 'switch_statement' &&
        child.type === 'case_statement'
      );
    }
    if (node.type === 'compound_statement' || node.type === 'case_statement') {
      const leaves = node.children.some(
        (statement) =>
          statement.offset > child.offset && /^(?:return|break|continue|goto|throw)_statement$/.test(statement.type),
      );
      if (leaves) return false;
    }
    child = node;
  }
  return false;
}

/** The statement around a node that stands in a block of its own line, for an insertion before or after it. */
export function lineOf(node: SyntaxNode): SyntaxNode | undefined {
  let child = node;
  for (const outer of node.upwards()) {
    if (outer.type === 'compound_statement') return child;
    if (/^(?:if|for|while|do)_statement$|^lambda_expression$/.test(outer.type) && outer !== child) return undefined;
    child = outer;
  }
  return undefined;
}

/** Inserts a statement on a line of its own before or after another. */
export function insertLine(
  statement: SyntaxNode,
  text: string,
  where: 'before' | 'after',
): { span: { start: number; end: number }; newText: string } {
  const source = statement.unit.text;
  const lineStart = source.lastIndexOf('\n', statement.offset) + 1;
  const indent = /^[ \t]*/.exec(source.slice(lineStart))![0];
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  const ownLine = source.slice(lineStart, statement.offset).trim() === '';
  if (where === 'before') {
    return {
      span: { start: statement.start, end: statement.start },
      newText: ownLine ? `${text}${eol}${indent}` : `${text} `,
    };
  }
  return {
    span: { start: statement.end, end: statement.end },
    newText: ownLine ? `${eol}${indent}${text}` : ` ${text}`,
  };
}
