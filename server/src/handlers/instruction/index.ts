/** What an instruction of PTX or SASS means, its modifiers included. */
import * as l10n from '@vscode/l10n';
import type { AssemblyKind, InstructionAnswer, InstructionParams } from '../../../../protocol/src';
import { localized } from '../../convert';
import { modifiers } from './modifiers';
import { ptxArithmetic } from './ptx-arithmetic';
import { ptxMemory } from './ptx-memory';
import { sassArithmetic } from './sass-arithmetic';
import { sassControl } from './sass-control';
import { sassMemory } from './sass-memory';
import type { Instruction, Instructions } from './types';

const byName = (...groups: Instructions[]): ReadonlyMap<string, Instruction> =>
  new Map(groups.flat().flatMap((entry) => entry.names.split(' ').map((name) => [name, entry] as const)));

const instructions: Readonly<Record<AssemblyKind, ReadonlyMap<string, Instruction>>> = {
  sass: byName(sassArithmetic, sassMemory, sassControl),
  ptx: byName(ptxArithmetic, ptxMemory),
};
const meanings = byName(modifiers);

/** Behind the address, the brace of a dual issue and the predicate. */
const opcodePlace: Readonly<Record<AssemblyKind, RegExp>> = {
  sass: /^(\s*(?:\/\*[0-9a-f]+\*\/\s*)?(?:[{}]\s*)?(?:@!?U?P\w+\s+)?)([A-Z][A-Z0-9_]*(?:\.[\w:]+)*)(?=[\s;]|$)/,
  ptx: /^(\s*\{?\s*(?:@!?%?[\w$]+\s+)?)([a-z][a-z0-9]*(?:\.[\w:]+)*)(?=[\s;]|$)/,
};

export function instructionHover({ kind, line, character }: InstructionParams): InstructionAnswer {
  const [, before = '', opcode] = opcodePlace[kind].exec(line) ?? [];
  if (opcode === undefined) return null;
  const [start, end] = [before.length, before.length + opcode.length];
  if (character < start || character > end) return null;
  const markdown = instructionText(kind, opcode);
  return markdown === undefined ? null : { markdown, start, end };
}

/** Markdown; nothing for an instruction that is not in the tables. `opcode` with its modifiers. */
export function instructionText(kind: AssemblyKind, opcode: string): string | undefined {
  const entry = entryOf(kind, opcode);
  if (entry === undefined) return undefined;
  const parts = [`**\`${opcode}\`**`, '', localized(entry.text)];
  const told = modifiersOf(opcode).flatMap((name) => {
    const meaning = meanings.get(name);
    return meaning === undefined ? [] : [`- \`${name}\`: ${localized(meaning.text)}`];
  });
  if (told.length > 0) parts.push('', ...told);
  // What begins with U is done once for the warp; the tensor cores of Blackwell aside.
  const pipe = kind === 'sass' && /^U(?!TC)/.test(opcode) ? 'UNIFORM' : entry.pipe;
  if (pipe !== undefined) parts.push('', l10n.t('Pipe: {0}', pipeName(pipe)));
  return parts.join('\n');
}

function entryOf(kind: AssemblyKind, opcode: string): Instruction | undefined {
  const table = instructions[kind];
  const [base = ''] = opcode.split('.');
  return table.get(opcode) ?? table.get(base);
}

/** Each once, in their order. */
function modifiersOf(opcode: string): string[] {
  return [...new Set(opcode.split('.').slice(1))].map((name) => `.${name}`);
}

function pipeName(pipe: NonNullable<Instruction['pipe']>): string {
  switch (pipe) {
    case 'UNIFORM':
      return l10n.t('uniform datapath, once for the warp');
    case 'TENSOR':
      return l10n.t('tensor cores');
    case 'LSU':
      return l10n.t('LSU (loads and stores)');
    case 'XU':
      return l10n.t('XU (special functions and conversions)');
    case 'CBU':
      return l10n.t('CBU (branches and convergence)');
    case 'ADU':
      return l10n.t('ADU (addresses and barriers)');
    case 'TEX':
      return l10n.t('TEX (textures)');
    case 'FMA':
    case 'ALU':
    case 'FP64':
      return pipe;
  }
}
