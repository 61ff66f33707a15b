import type { RunFailure } from '../../../protocol/src';
import { diskMessage } from '../toolchain';

type DiskFailure = Extract<RunFailure, { status: 'buildFailed' }>;

/** A full disk or a folder without permission is the machine's state, not a bug: it is told like any other failure. */
export async function answered<Result>(run: () => Promise<Result>): Promise<Result | DiskFailure> {
  try {
    return await run();
  } catch (error) {
    const message = diskMessage(error);
    if (message === undefined) throw error;
    return { status: 'buildFailed', message, diagnostics: [], disk: true };
  }
}
