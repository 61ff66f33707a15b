/** `kernel-lens asm`: PTX or SASS of a file, as the editor shows it. */
import path from 'node:path';
import type { AssemblyAnswer } from '../../../protocol/src';
import { buildModel } from '../analysis';
import { Assemblies } from '../handlers/assembly';
import type { CostOptions } from './cost';
import { terminalSession } from './session';
import { readSource } from './read-source';

export interface AsmOptions extends CostOptions {
  readonly kind: 'ptx' | 'sass';
  readonly kernel: string | undefined;
}

export async function assemblyOfFile(name: string, options: AsmOptions): Promise<AssemblyAnswer> {
  const file = path.resolve(name);
  const text = await readSource(file);
  const parsed = options.parser.parse(text);
  try {
    const session = terminalSession(options.parser, options.settings);
    const model = buildModel(parsed, await session.importsOf(file, parsed));
    const [architecture] = options.architectures;
    return await new Assemblies(session).of(
      { file, text, model },
      {
        kind: options.kind,
        ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
        ...(architecture === undefined ? {} : { architecture }),
      },
      options.signal,
    );
  } finally {
    parsed.dispose();
  }
}

/** Lines and the source lines they come from, 1-based as a person counts them. */
export function assemblyJson(answer: AssemblyAnswer): unknown {
  if (answer.status !== 'ok') return answer;
  const lines = answer.text.replace(/\n$/, '').split('\n');
  return {
    status: answer.status,
    kind: answer.kind,
    architecture: answer.architecture,
    lines: lines.map((text, index) => ({ text, source: (answer.links[index] ?? []).map((line) => line + 1) })),
  };
}
