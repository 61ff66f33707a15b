/** The history of each kernel's runs: kept on disk, compared, exported. */
import type { Changes, HistoryAnswer, HistoryEntry, HistoryRow, KernelRun } from '../../../protocol/src';
import { changeBetween, noiseOf, sameDevice, type Noise } from './change';
import { entryOf, type BuildInputs } from './entry';
import { HistoryStore, type Problem, type StoreLog } from './store';

export { changeBetween, compared, noiseOf, type Noise, type Spread, type Timed } from './change';
export { entryOf, type BuildInputs } from './entry';
export { historyCsv, historyJson } from './export';

export type PinAnswer =
  | { readonly status: 'pinned'; readonly entry: HistoryEntry }
  | { readonly status: 'noSuchRun' }
  | { readonly status: 'notWritten'; readonly problem: string };

/** Runs remembered for learning a device's noise from other kernels. */
const mostRecent = 200;

export class History {
  readonly #store: HistoryStore;
  /** What this session has run, whatever the kernel. */
  readonly #recent: HistoryEntry[] = [];

  constructor(cacheDirectory: () => Promise<string>, log: StoreLog) {
    this.#store = new HistoryStore(cacheDirectory, log);
  }

  /** Keeps a run and says how it compares with the one before on the same device, and with the baseline. */
  async record(run: KernelRun, inputs: BuildInputs): Promise<{ readonly changes: Changes; readonly problem: Problem }> {
    const entry = entryOf(run, inputs);
    const earlier = await this.#store.entries(entry.file, entry.kernel);
    const baselines = await this.#store.baselines(entry.file, entry.kernel);
    const changes = this.#compare(entry, earlier, baselines);
    const problem = await this.#store.append(entry);
    this.#recent.push(entry);
    if (this.#recent.length > mostRecent) this.#recent.shift();
    return { changes, problem };
  }

  async of(file: string, kernel: string): Promise<HistoryAnswer> {
    const entries = await this.#store.entries(file, kernel);
    const baselines = await this.#store.baselines(file, kernel);
    const rows = entries.map((entry, index): HistoryRow => {
      return { entry, changes: this.#compare(entry, entries.slice(0, index), baselines) };
    });
    return { kernel, rows, baselines };
  }

  /** Pins a run, or the last one. One is pinned for each device. */
  async pin(file: string, kernel: string, id: string | undefined): Promise<PinAnswer> {
    const entries = await this.#store.entries(file, kernel);
    const entry = id === undefined ? entries.at(-1) : entries.find((candidate) => candidate.id === id);
    if (entry === undefined) return { status: 'noSuchRun' };
    const others = (await this.#store.baselines(file, kernel)).filter(
      ({ device }) => !sameDevice(device, entry.device),
    );
    const problem = await this.#store.setBaselines(file, kernel, [...others, entry]);
    return problem === undefined ? { status: 'pinned', entry } : { status: 'notWritten', problem };
  }

  unpin(file: string, kernel: string): Promise<Problem> {
    return this.#store.setBaselines(file, kernel, []);
  }

  clear(file: string, kernel: string): Promise<Problem> {
    return this.#store.clear(file, kernel);
  }

  /** What runs of one binary differ by on a device, as far as this session has seen. */
  noise(device: HistoryEntry['device'], median: number): Noise {
    return noiseOf({ device, median }, this.#recent);
  }

  #compare(entry: HistoryEntry, earlier: readonly HistoryEntry[], baselines: readonly HistoryEntry[]): Changes {
    const own = earlier.filter(({ device }) => sameDevice(device, entry.device));
    const others = this.#recent.filter(({ file, kernel }) => file !== entry.file || kernel !== entry.kernel);
    const noise = noiseOf(entry, [...others, ...own]);
    const before = own.at(-1);
    const pinned = baselines.find(({ device, id }) => sameDevice(device, entry.device) && id !== entry.id);
    const last = before && changeBetween(entry, before, noise);
    const baseline = pinned && changeBetween(entry, pinned, noise, 'baseline');
    return { ...(last && { last }), ...(baseline && { baseline }) };
  }
}
