/** A process of its own that checks the files it is told, for trees of sources: see `check-pool.ts`. */
import type { Settings } from '../../../protocol/src';
import { createParser } from '../analysis';
import { readParserAssets } from '../assets';
import { describeError } from '../log';
import type { Toolkit } from '../toolchain';
import type { CheckOutcome } from '../handlers/check';
import { checkFile } from './check-file';
import { terminalSession } from './session';

export type WorkerOrder =
  | { readonly kind: 'setUp'; readonly settings: Settings; readonly toolkit: Toolkit | undefined }
  | { readonly kind: 'check'; readonly file: string };

export interface WorkerAnswer {
  readonly file: string;
  readonly outcome: CheckOutcome;
}

const stop = new AbortController();
// Whoever started this process is gone.
process.on('disconnect', () => {
  stop.abort();
  process.exit(0);
});

const parser = readParserAssets().then(createParser);
let session: Promise<ReturnType<typeof terminalSession>> | undefined;
let toolkit: Toolkit | undefined;

process.on('message', (order: WorkerOrder) => {
  if (order.kind === 'setUp') {
    toolkit = order.toolkit;
    session = parser.then((ready) => terminalSession(ready, order.settings));
    return;
  }
  void answer(order.file).then((outcome) => process.send?.({ file: order.file, outcome } satisfies WorkerAnswer));
});

async function answer(file: string): Promise<CheckOutcome> {
  try {
    if (session === undefined) throw new Error('no settings have come yet');
    return await checkFile(file, { session: await session, toolkit, signal: stop.signal });
  } catch (error) {
    return { problems: [], warnings: [`${file}: ${describeError(error)}`] };
  }
}
