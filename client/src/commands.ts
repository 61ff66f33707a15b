/** What the commands of every feature have in common: what goes wrong in one is told and logged, never lost. */
import type { KernelRef } from '../../protocol/src/messages';
import type { Context } from './context';
import { reportError } from './report';
import { ensureTrusted, targetKernel, type CommandArguments } from './target';

type Handler = (...args: unknown[]) => Promise<void>;

/** A command's handler whose errors reach the user. */
export function guarded(context: Context, run: (args: CommandArguments) => Promise<void>): Handler {
  return async (...args) => {
    try {
      await run(args);
    } catch (error) {
      reportError(context, error);
    }
  };
}

/** The same for a command that builds or runs something: in a folder that is not trusted it says so and does nothing. */
export function whereTrusted(context: Context, run: (args: CommandArguments) => Promise<void>): Handler {
  return guarded(context, async (args) => {
    if (await ensureTrusted()) await run(args);
  });
}

/** The same for a command about one kernel: the lens's, the one at the cursor, or the user's choice. */
export function onKernel(
  context: Context,
  run: (target: KernelRef) => Promise<void>,
  guard: typeof guarded = guarded,
): Handler {
  return guard(context, async (args) => {
    const target = await targetKernel(context, args);
    if (target) await run(target);
  });
}
