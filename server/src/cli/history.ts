/** `kernel-lens history`: the runs of a kernel, its baseline, and their export. */
import path from 'node:path';
import { bandwidth, dimensions, duration, percent, type HistoryAnswer } from '../../../protocol/src';
import { historyCsv, historyJson, History } from '../history';

export interface HistoryFlags {
  readonly format: 'text' | 'json' | 'csv';
  readonly kernel: string;
  /** An id, or `last`. */
  readonly pin?: string;
  readonly unpin?: boolean;
  readonly clear?: boolean;
}

/** What is printed, or the sentence that says what could not be done. */
export async function historyOfFile(
  name: string,
  { format, kernel, pin, unpin, clear }: HistoryFlags,
  cacheDirectory: string,
): Promise<{ readonly text: string; readonly warnings: readonly string[] } | { readonly message: string }> {
  const warnings: string[] = [];
  const history = new History(() => Promise.resolve(cacheDirectory), { warn: (message) => warnings.push(message) });
  const file = path.resolve(name);
  if (pin !== undefined) {
    const pinned = await history.pin(file, kernel, pin === 'last' ? undefined : pin);
    if (pinned.status === 'notWritten') return { message: pinned.problem };
    if (pinned.status === 'noSuchRun') {
      return { message: [...warnings, `There is no such run of ${kernel} in ${file}.`].join('\n') };
    }
  }
  const problem =
    (unpin === true ? await history.unpin(file, kernel) : undefined) ??
    (clear === true ? await history.clear(file, kernel) : undefined);
  if (problem !== undefined) return { message: problem };
  const answer = await history.of(file, kernel);
  const texts = { csv: historyCsv, json: historyJson, text: historyText };
  return { text: texts[format](answer), warnings };
}

function historyText({ kernel, rows, baselines }: HistoryAnswer): string {
  if (rows.length === 0 && baselines.length === 0) return `${kernel} has not been run yet.\n`;
  const pinned = new Set(baselines.map(({ id }) => id));
  const lines = rows.map(({ entry, changes }) => {
    const { launch, bytesPerSecond } = entry;
    const change = [changes.last?.text, changes.baseline?.text].filter((text) => text !== undefined).join('; ');
    return [
      `${pinned.has(entry.id) ? '*' : ' '} ${entry.id}  ${entry.at}`,
      `${duration(entry.median)} ±${percent(entry.relativeError)}`,
      ...(bytesPerSecond === undefined ? [] : [bandwidth(bytesPerSecond)]),
      `${dimensions(launch.grid)} blocks × ${dimensions(launch.block)} threads`,
      entry.device.kind === 'cpu' ? `CPU ${entry.device.name}` : entry.device.name,
      ...(change === '' ? [] : [change]),
    ].join('  ');
  });
  const notes = pinned.size > 0 ? ['* baseline'] : [];
  return `${[...lines, ...notes].join('\n')}\n`;
}
