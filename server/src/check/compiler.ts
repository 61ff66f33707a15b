/** Compiler messages of one file, at their place: reads the headers they speak of. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Kernel } from '../analysis';
import type { CompilerMessage } from '../toolchain';
import { lineIndex } from './lines';
import { placeMessages } from './place';
import type { Problem } from './types';

export interface CheckedText {
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
  /** Kernels of the text, for messages that name a function only. */
  readonly kernels: readonly Kernel[];
}

export interface CompilerContext {
  /** Text of a file that the editor has open, which may differ from the disk's. */
  readonly openText?: (file: string) => string | undefined;
  /** Whether a file belongs to the user; what does not is spoken of at the #include only. */
  readonly isOwn: (file: string) => boolean;
}

export async function compilerProblems(
  messages: readonly CompilerMessage[],
  checked: CheckedText,
  context: CompilerContext,
): Promise<Problem[]> {
  const { file, text } = checked;
  const lines = new Map<string, readonly string[]>([[file, text.split(/\r?\n/)]]);
  const names = messages.flatMap((message) => [
    ...(message.file === undefined ? [] : [message.file]),
    ...message.related.map((place) => place.file),
  ]);
  for (const name of new Set(names)) {
    const absolute = path.normalize(path.resolve(path.dirname(file), name));
    if (lines.has(absolute)) continue;
    const content = context.openText?.(absolute) ?? (await readFile(absolute, 'utf8').catch(() => undefined));
    if (content !== undefined) lines.set(absolute, content.replace(/^\uFEFF/, '').split(/\r?\n/));
  }
  const positions = lineIndex(text);
  return placeMessages(
    messages,
    {
      lines: (name) => lines.get(name),
      functionNamed: (symbol) => {
        const span = kernelWithSymbol(checked.kernels, symbol)?.nameSpan;
        return span === undefined ? undefined : positions.range(span);
      },
    },
    { file, isOwn: context.isOwn },
  );
}

/**
 * The kernel with a mangled name. Itanium names hold every identifier with its length before it (`_ZN2ns5scaleEPf`),
 * which is enough to tell the kernels of one file apart.
 */
export function kernelWithSymbol(kernels: readonly Kernel[], symbol: string): Kernel | undefined {
  return kernels.find(({ name }) => {
    const last = name.split('::').at(-1) ?? name;
    return symbol === last || symbol.includes(`${last.length}${last}`);
  });
}
