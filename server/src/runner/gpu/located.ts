/** nvcc's messages at places a person can open. */
import path from 'node:path';
import type { LocatedMessage } from '../../../../protocol/src';
import type { CompilerMessage } from '../../toolchain';
import { instantiationFile } from './instantiate';

/** Messages without a place of their own stand at the file's first line, so that none is lost. */
export function located(messages: readonly CompilerMessage[], file: string): LocatedMessage[] {
  return messages
    .filter((message) => message.origin !== 'ptxas' || message.severity !== 'information')
    .map((message) => {
      const named =
        message.file !== undefined && !message.file.endsWith(instantiationFile) && message.line !== undefined;
      return {
        file: named ? path.resolve(path.dirname(file), message.file) : file,
        line: named ? (message.line ?? 1) : 1,
        ...(named && message.column !== undefined ? { column: message.column } : {}),
        severity: message.severity,
        message: message.message,
      };
    });
}
