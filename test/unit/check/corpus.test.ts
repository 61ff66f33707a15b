import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { createParser, buildModel, type CudaParser } from '../../../server/src/analysis';
import { compilerProblems, type Problem } from '../../../server/src/check';
import { diagnose, locateToolkit, type CompilerMessage, type Toolkit } from '../../../server/src/toolchain';
import { WarmChecker } from '../../../server/src/toolchain/warm';
import { parserFiles } from '../../support/parser-files';
import { corpus, type CorpusFile } from './corpus';

const architecture = 'sm_90';
let toolkit: Toolkit | undefined;
let parser: CudaParser;

beforeAll(async () => {
  const search = await locateToolkit({ setting: '', hostCompiler: '' });
  toolkit = search.found ? search.toolkit : undefined;
  parser = await createParser(await parserFiles());
});

function needToolkit(context: TestContext): Toolkit {
  if (toolkit === undefined) return context.skip('nvcc is not installed');
  return toolkit;
}

async function slowly(
  toolkit: Toolkit,
  { file, text }: CorpusFile,
  depth: 'syntax' | 'full',
): Promise<readonly CompilerMessage[]> {
  const signal = new AbortController().signal;
  const result = await diagnose({ toolkit, file, text, architecture, flags: [], depth, timeLimitMs: 60_000, signal });
  if (result.status !== 'ok') throw new Error(JSON.stringify(result));
  return result.messages;
}

async function warmly(toolkit: Toolkit, { file, text }: CorpusFile): Promise<readonly CompilerMessage[]> {
  const checker = new WarmChecker({ toolkit, file, architecture, flags: [] });
  try {
    const answer = await checker.check(text, new AbortController().signal);
    if (answer.status !== 'ok') throw new Error(JSON.stringify(answer));
    return answer.messages;
  } finally {
    await checker.dispose();
  }
}

function placed({ file, text }: CorpusFile, messages: readonly CompilerMessage[]): Promise<Problem[]> {
  const parsed = parser.parse(text);
  const { kernels } = buildModel(parsed);
  parsed.dispose();
  return compilerProblems(messages, { file, text, kernels }, { isOwn: (name) => name.startsWith(path.dirname(file)) });
}

/** One line a problem of the file itself, to compare and to read. */
function lines({ file, text }: CorpusFile, problems: readonly Problem[]): string[] {
  const source = text.split('\n');
  return problems
    .filter((problem) => problem.file === file && problem.severity !== 'information')
    .map(({ range, severity, message }) => {
      const token = (source[range.start.line] ?? '').slice(range.start.character, range.end.character);
      // SARIF leaves out what the text form appends to a message.
      return `${range.start.line + 1} ${severity} [${token}] ${message.split('; argument types are')[0]}`;
    })
    .sort();
}

describe.each(corpus.map((file) => [file.name, file] as const))('%s', (_name, file) => {
  let syntax: readonly CompilerMessage[] = [];
  let full: readonly CompilerMessage[] = [];

  beforeAll(async () => {
    if (toolkit === undefined) return;
    [syntax, full] = await Promise.all([slowly(toolkit, file, 'syntax'), slowly(toolkit, file, 'full')]);
  });

  it('is reported by nvcc where the source says, and nowhere else', async (context) => {
    needToolkit(context);
    const found = lines(file, await placed(file, [...syntax, ...full]));
    for (const { line, severity, token, pattern } of file.wanted) {
      const text = `${line + 1} ${severity} [${token}] `;
      const fitting = found.filter((entry) => entry.startsWith(text) && pattern.test(entry));
      expect(fitting, `${text}${String(pattern)} in\n${found.join('\n')}`).not.toEqual([]);
    }
    const wantedLines = new Set(file.wanted.map(({ line }) => line + 1));
    expect(found.filter((entry) => !wantedLines.has(Number.parseInt(entry, 10)))).toEqual([]);
  });

  it('gets from the waiting front ends what nvcc says', async (context) => {
    const toolkit = needToolkit(context);
    context.skip(!WarmChecker.supported, 'waiting front ends need Linux');
    const actual = lines(file, await placed(file, await warmly(toolkit, file)));
    // The front end alone must be there; what only ptxas and later steps see may be missing; nothing may be added.
    const frontEnd = lines(file, await placed(file, syntax));
    expect(actual).toEqual(expect.arrayContaining(frontEnd));
    const all = lines(file, await placed(file, [...syntax, ...full]));
    expect(all).toEqual(expect.arrayContaining(actual));
  });
});

describe('a path with a quotation mark, spaces and letters outside ASCII', () => {
  const file = path.join(os.tmpdir(), 'a "quoted" 한글', 'kernel.cu');
  const text = `__global__ void big(float* p, int n) {
  __shared__ float tile[20000];
  int unused;
  tile[threadIdx.x] = p[n];
  __syncthreads();
  p[threadIdx.x] = tile[n];
}
`;
  const said = (messages: readonly CompilerMessage[]) =>
    messages.map((message) => `${message.file ?? ''}:${message.line ?? ''} ${message.origin} ${message.code ?? ''}`);

  it('gets every pass of nvcc', async (context) => {
    const toolkit = needToolkit(context);
    const compiled = said(await slowly(toolkit, { name: 'kernel.cu', file, text, wanted: [] }, 'full'));
    expect(compiled).toEqual(expect.arrayContaining([`${file}:3 frontend 177-D`, ': ptxas ']));
  });
});
