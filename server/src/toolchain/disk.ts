/** What a disk does not let Kernel Lens do, said to the user with what to do about it. */
import { rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import * as l10n from '@vscode/l10n';

/** About what a compiler wants for its temporary files. */
const probeBytes = 2 ** 20;
/** As compilers say it in English. */
const fullDisk = /No space left on device|Disk quota exceeded|disk quota exceeded/i;

/** Undefined for an error that is no file system's. `folder` is where it happened, where the error does not say so. */
export function diskMessage(error: unknown, folder?: string): string | undefined {
  if (!(error instanceof Error && 'syscall' in error)) return undefined;
  const { code = '', message, path: file, syscall } = error as NodeJS.ErrnoException;
  const place = file === undefined ? folder : path.dirname(file);
  if (place !== undefined && (code === 'ENOSPC' || code === 'EDQUOT')) return noRoom(place);
  const missing = syscall === 'mkdir' ? file : code === 'ENOTDIR' ? place : undefined;
  if (missing !== undefined) {
    return l10n.t('The folder {0} cannot be made ({1}). Allow Kernel Lens to write there.', shown(missing), code);
  }
  if (place !== undefined && ['EROFS', 'EACCES', 'EPERM'].includes(code)) {
    const text = l10n.t('Kernel Lens may not write in {0} ({1}). Allow it to.', shown(place), code);
    return text + elsewhere(place);
  }
  return l10n.t('Files that Kernel Lens needs could not be written or read: {0}', message);
}

/**
 * Why a compiler failed that blames no line of the source: a disk without room, as its output or a try in the folder it
 * wrote in tells. Undefined where the disk is innocent.
 */
export async function diskProblem(output: string, folder = os.tmpdir()): Promise<string | undefined> {
  if (fullDisk.test(output)) return noRoom(folder);
  const probe = path.join(folder, `kernel-lens-probe-${randomUUID()}`);
  try {
    await writeFile(probe, Buffer.alloc(probeBytes));
    return undefined;
  } catch (error) {
    return diskMessage(error, folder);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

function noRoom(folder: string): string {
  return l10n.t('There is no room left in {0}. Free some space there.', shown(folder)) + elsewhere(folder);
}

/** In the folder of the system's that private folders lie in. */
function isTemporary(folder: string): boolean {
  return /^(?:kernel-lens-[0-9a-f]{12}-.*)?$/.test(path.relative(os.tmpdir(), folder));
}

/** Private folders have names that nobody knows. */
function shown(folder: string): string {
  return isTemporary(folder) ? os.tmpdir() : folder;
}

/** Temporary files need not lie where they do. */
function elsewhere(folder: string): string {
  if (!isTemporary(folder)) return '';
  const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
  return ` ${l10n.t('Or let the environment variable {0} name another folder.', variable)}`;
}
