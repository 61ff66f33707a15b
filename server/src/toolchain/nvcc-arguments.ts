/** Pieces of nvcc command lines, in one place. */
import type { Toolkit } from './types';

/** `-ccbin` and the settings' own flags, as every nvcc call wants them. */
export function commonArguments(toolkit: Pick<Toolkit, 'hostCompiler'>, flags: readonly string[]): string[] {
  return [...(toolkit.hostCompiler === '' ? [] : ['-ccbin', toolkit.hostCompiler]), ...flags];
}

/** Quotes a path for a `#line` directive. */
export function lineDirective(line: number, file: string): string {
  return `#line ${line} "${file.replace(/[\\"]/g, '\\$&')}"`;
}

/** `-lineinfo` where it can be had: it names the file in the PTX, and nvcc (13.0) does not escape a quotation mark there. */
export function lineInfo(file: string): string[] {
  return file.includes('"') ? [] : ['-lineinfo'];
}
