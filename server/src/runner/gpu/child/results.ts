/** Writes what a kernel's launch left in its buffers to files, for a comparison in another process. */
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { bytes } from '../../../../../protocol/src/format';
import type { Driver } from './driver';
import type { DeviceMemory } from './memory';

const pieceBytes = 2 ** 26;

/** A sentence that says why not, or undefined. The device must be idle. */
export function writeResults(
  driver: Driver,
  memory: DeviceMemory,
  { folder, limitBytes }: { readonly folder: string; readonly limitBytes: number },
): string | undefined {
  const written = memory.buffers.filter(({ planned }) => planned.written);
  const total = written.reduce((sum, buffer) => sum + buffer.bytes, 0);
  if (total > limitBytes) {
    return l10n.t(
      'The results take {0}, and at most {1} are compared. Use a smaller problem size for the check.',
      bytes(total),
      bytes(limitBytes),
    );
  }
  try {
    const piece = Buffer.alloc(Math.min(pieceBytes, Math.max(1, ...written.map((buffer) => buffer.bytes))));
    for (const { number, address, bytes: size } of written) {
      const file = openSync(path.join(folder, String(number)), 'w');
      try {
        for (let at = 0; at < size; at += piece.length) {
          const count = Math.min(piece.length, size - at);
          driver.call('cuMemcpyDtoH', piece, address + BigInt(at), count);
          for (let done = 0; done < count;) done += writeSync(file, piece, done, count - done);
        }
      } finally {
        closeSync(file);
      }
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return l10n.t('The results could not be written for the comparison: {0}.', error.message);
  }
}
