/**
 * Tables of a report that Nsight Systems exported to SQLite → records, as if our own trace library had written them.
 * Columns are read by their names; what a version lacks is absent in the timeline, too.
 */
import type { MemoryKind, TraceDetail } from '../../../../protocol/src';
import {
  copyDirection,
  kernelDetail,
  kernelName,
  memoryKind,
  migrationCause,
  RecordsBuilder,
  type ProcessTrace,
} from '../../runner/trace';
import type { SqliteFile, Value } from './sqlite';

/** More than a page can hold and a person can look at. */
export const mostRecords = 8_000_000;

export class TooManyRecords extends Error {}

export interface SystemReport {
  readonly traces: readonly ProcessTrace[];
  /** Names of the processes that used the GPU. */
  readonly programs: readonly string[];
  readonly devices: readonly string[];
  /** ISO 8601. */
  readonly recordedAt: string | undefined;
}

export async function readReport(database: SqliteFile, most = mostRecords): Promise<SystemReport> {
  return new ReportReader(database, most).read();
}

/** Numbers of copies of managed memory. */
const managedCopies: Readonly<Record<number, 'hostToDevice' | 'deviceToHost' | 'deviceToDevice'>> = {
  11: 'hostToDevice',
  12: 'deviceToHost',
  13: 'deviceToDevice',
};
/** Numbers of NVTX events that last, and of marks. */
const nvtxRanges: readonly number[] = [59, 60, 70, 71];
const nvtxMarks: readonly number[] = [34, 65];

const number = (value: Value | undefined): number =>
  typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : 0;
/** Process and thread of a serialized id: 24 bits each, below the machine's. */
const lowBits = (value: Value | undefined): bigint =>
  BigInt.asUintN(48, typeof value === 'bigint' ? value : BigInt(Math.trunc(number(value))));
const processOf = (value: Value | undefined): number => Number(lowBits(value) >> 24n);
const threadOf = (value: Value | undefined): number => Number(lowBits(value) & 0xffffffn);

interface Process {
  readonly records: RecordsBuilder;
  readonly defaultStreams: Map<number, number>;
  count: number;
}

class ReportReader {
  readonly #processes = new Map<number, Process>();
  /** What the report calls things, and what they are called here; shared by its processes. */
  readonly #texts = new Map<number, string>();
  readonly #strings = new Map<number, string>();
  readonly #ownNames = new Map<string, number>();
  readonly #threadNames = new Map<number, string>();
  /** The numbers of memories are not CUPTI's. */
  readonly #memories = new Map<number, MemoryKind>();
  /** Ids of serialized processes, which come again and again. */
  #lastGlobal: Value | undefined;
  #lastProcess = 0;
  #count = 0;

  constructor(
    private readonly database: SqliteFile,
    private readonly most: number,
  ) {}

  async read(): Promise<SystemReport> {
    await this.#readNames();
    await this.#readKernels();
    await this.#readGraphs();
    await this.#readCopies();
    await this.#readMemsets();
    await this.#readFaults();
    await this.#readCalls();
    await this.#readRanges();
    await this.#readContexts();
    return {
      traces: [...this.#processes]
        .filter(([, { count }]) => count > 0)
        .map(([process, { records, defaultStreams }]) => ({
          process,
          began: 0n,
          cuptiVersion: 0,
          records: records.end(),
          summed: [],
          strings: this.#strings,
          modules: new Map(),
          stacks: new Map(),
          defaultStreams,
          lost: 0,
          refused: [],
          managedRefused: [],
        })),
      programs: await this.#programs(),
      devices: await this.#devices(),
      recordedAt: await this.#recordedAt(),
    };
  }

  #process(global: Value | undefined): Process {
    if (global !== this.#lastGlobal) {
      this.#lastGlobal = global;
      this.#lastProcess = processOf(global);
    }
    let process = this.#processes.get(this.#lastProcess);
    if (process === undefined) {
      process = { records: new RecordsBuilder(), defaultStreams: new Map(), count: 0 };
      this.#processes.set(this.#lastProcess, process);
    }
    process.count++;
    if (++this.#count > this.most) throw new TooManyRecords();
    return process;
  }

  async #readNames(): Promise<void> {
    await this.database.rows('StringIds', ['id', 'value'], ([id, value]) => {
      if (typeof value === 'string') this.#texts.set(number(id), value);
    });
    await this.database.rows('ThreadNames', ['globalTid', 'nameId'], ([thread, name]) => {
      const text = this.#texts.get(number(name));
      if (text !== undefined) this.#threadNames.set(Number(lowBits(thread)), text);
    });
    await this.database.rows('ENUM_CUDA_MEM_KIND', ['id', 'name'], ([id, name]) => {
      if (typeof name === 'string') this.#memories.set(number(id), memoryOf(name));
    });
  }

  /** The id of a name that the report has a number for, in our words. */
  #named(id: Value | undefined, words: (text: string) => string): number {
    const known = number(id);
    if (!this.#strings.has(known)) this.#strings.set(known, words(this.#texts.get(known) ?? '?'));
    return known;
  }

  /** Numbers beyond the report's. */
  #own(text: string): number {
    let id = this.#ownNames.get(text);
    if (id === undefined) {
      id = 2 ** 31 + this.#ownNames.size;
      this.#ownNames.set(text, id);
      this.#strings.set(id, text);
    }
    return id;
  }

  #stream(records: RecordsBuilder, device: Value, context: Value, stream: Value): number {
    const about = { device: number(device), context: number(context), stream: number(stream) };
    const key = `stream ${about.device} ${about.context} ${about.stream}`;
    return records.row(key, () => ({ kind: 'stream', ...about }));
  }

  async #readKernels(): Promise<void> {
    const columns = [...onDevice, 'demangledName', 'gridX', 'gridY', 'gridZ', 'blockX', 'blockY', 'blockZ'];
    const more = ['registersPerThread', 'staticSharedMemory', 'dynamicSharedMemory', 'localMemoryPerThread'];
    const all = [...columns, ...more, 'graphNodeId'];
    await this.database.rows('CUPTI_ACTIVITY_KIND_KERNEL', all, (row) => {
      const [start = null, end = null, device = null, context = null, stream = null, call, process, name] = row;
      const { records } = this.#process(process);
      const shape = row.slice(8, 18).map(number);
      const inGraph = row[18] !== null && row[18] !== 0;
      const detail = records.detail(`kernel ${shape.join(' ')} ${inGraph}`, () =>
        kernelDetail([...shape, inGraph ? 1 : 0]),
      );
      records.add('kernel', number(start), number(end), this.#stream(records, device, context, stream));
      records.about(this.#named(name, kernelName), 0, number(call), detail);
    });
  }

  /** Graphs that were recorded as a whole: their kernels are not told. */
  async #readGraphs(): Promise<void> {
    await this.database.rows('CUPTI_ACTIVITY_KIND_GRAPH_TRACE', [...onDevice, 'graphId'], (row) => {
      const [start = null, end = null, device = null, context = null, stream = null, call, process, graph] = row;
      const { records } = this.#process(process);
      records.add('kernel', number(start), number(end), this.#stream(records, device, context, stream));
      records.about(this.#own(`CUDA graph ${number(graph)}`), 0, number(call), -1);
    });
  }

  async #readCopies(): Promise<void> {
    const columns = [...onDevice, 'bytes', 'copyKind', 'srcKind', 'dstKind', 'migrationCause'];
    await this.database.rows('CUPTI_ACTIVITY_KIND_MEMCPY', columns, (row) => {
      const [start = null, end = null, device = null, context = null, stream = null, call, process] = row;
      const [bytes = 0, kind = 0, , , cause = 0] = row.slice(7).map(number);
      const { records } = this.#process(process);
      const moved = managedCopies[kind];
      if (moved !== undefined) {
        const about = { kind: 'migration', bytes, direction: moved, cause: migrationCause(cause) } as const;
        const at = records.row(`managed ${number(device)}`, () => ({ kind: 'managed', device: number(device) }));
        records.add('migration', number(start), number(end), at);
        records.about(
          0,
          0,
          0,
          records.detail(`migration ${bytes} ${kind} ${cause}`, () => about),
        );
        return;
      }
      const [from, to] = [this.#memory(row[9]), this.#memory(row[10])];
      // The report does not tell whether the call waited.
      const about = { kind: 'copy', bytes, direction: copyDirection(kind), from, to, asynchronous: false } as const;
      records.add('copy', number(start), number(end), this.#stream(records, device, context, stream));
      records.about(
        0,
        0,
        number(call),
        records.detail(`copy ${bytes} ${kind} ${from} ${to}`, () => about),
      );
    });
  }

  #memory(kind: Value | undefined): MemoryKind {
    if (kind === null || kind === undefined) return 'unknown';
    // Without the report's own names, its numbers are CUPTI's less one.
    return this.#memories.get(number(kind)) ?? memoryKind(number(kind) + 1);
  }

  async #readMemsets(): Promise<void> {
    await this.database.rows('CUPTI_ACTIVITY_KIND_MEMSET', [...onDevice, 'bytes', 'value', 'memKind'], (row) => {
      const [start = null, end = null, device = null, context = null, stream = null, call, process] = row;
      const [bytes = 0, value = 0] = row.slice(7).map(number);
      const { records } = this.#process(process);
      const about = { kind: 'memset', bytes, value, memory: this.#memory(row[9]) } as const;
      records.add('memset', number(start), number(end), this.#stream(records, device, context, stream));
      records.about(
        0,
        0,
        number(call),
        records.detail(`memset ${bytes} ${value} ${about.memory}`, () => about),
      );
    });
  }

  async #readFaults(): Promise<void> {
    const add = (records: RecordsBuilder, from: Value, to: Value, row: number, detail: TraceDetail) => {
      records.add('fault', number(from), number(to), row);
      records.about(
        0,
        0,
        0,
        records.detail(JSON.stringify(detail), () => detail),
      );
    };
    const ofGpu = ['start', 'end', 'globalPid', 'deviceId', 'numberOfPageFaults'];
    await this.database.rows('CUDA_UM_GPU_PAGE_FAULT_EVENTS', ofGpu, (row) => {
      const [start = null, end = null, process, device = null, value = null] = row;
      const { records } = this.#process(process);
      const at = records.row(`managed ${number(device)}`, () => ({ kind: 'managed', device: number(device) }));
      add(records, start, end, at, { kind: 'fault', fault: 'gpuFault', value: number(value) });
    });
    await this.database.rows('CUDA_UM_CPU_PAGE_FAULT_EVENTS', ['start', 'globalPid'], ([start = null, process]) => {
      const { records } = this.#process(process);
      const at = records.row('managed', () => ({ kind: 'managed' }));
      add(records, start, start, at, { kind: 'fault', fault: 'cpuFault', value: 1 });
    });
  }

  #thread(records: RecordsBuilder, global: Value | undefined, kind: 'thread' | 'ranges'): number {
    const thread = threadOf(global);
    const name = this.#threadNames.get(Number(lowBits(global)));
    return records.row(`${kind} ${thread}`, () => ({ kind, thread, ...(name !== undefined && { name }) }));
  }

  async #readCalls(): Promise<void> {
    const columns = ['start', 'end', 'globalTid', 'correlationId', 'nameId', 'returnValue'];
    for (const table of ['CUPTI_ACTIVITY_KIND_RUNTIME', 'CUPTI_ACTIVITY_KIND_DRIVER']) {
      await this.database.rows(table, columns, ([start, end, thread, correlation, name, value]) => {
        const { records } = this.#process(thread);
        const result = number(value);
        const about = { kind: 'call', result } as const;
        records.add('call', number(start), number(end), this.#thread(records, thread, 'thread'));
        const detail = result === 0 ? -1 : records.detail(`call ${result}`, () => about);
        records.about(this.#named(name, callName), 0, number(correlation), detail);
      });
    }
  }

  async #readRanges(): Promise<void> {
    const columns = ['start', 'end', 'eventType', 'globalTid', 'text', 'textId'];
    await this.database.rows('NVTX_EVENTS', columns, ([start, end, type, thread, text, textId]) => {
      const lasts = nvtxRanges.includes(number(type)) && end !== null;
      if (!lasts && !nvtxMarks.includes(number(type))) return;
      const registered = textId === null ? undefined : this.#texts.get(number(textId));
      const name = typeof text === 'string' && text !== '' ? text : (registered ?? '?');
      const { records } = this.#process(thread);
      const until = number(lasts ? end : start);
      records.add('range', number(start), until, this.#thread(records, thread, 'ranges'));
      records.about(this.#own(name), 0, 0, -1);
    });
  }

  async #readContexts(): Promise<void> {
    const columns = ['processId', 'contextId', 'nullStreamId'];
    await this.database.rows('TARGET_INFO_CUDA_CONTEXT_INFO', columns, ([process, context, stream]) => {
      this.#processes.get(number(process))?.defaultStreams.set(number(context), number(stream));
    });
  }

  async #programs(): Promise<string[]> {
    const names: string[] = [];
    await this.database.rows('PROCESSES', ['globalPid', 'name'], ([process, name]) => {
      if ((this.#processes.get(processOf(process))?.count ?? 0) > 0 && typeof name === 'string') names.push(name);
    });
    return names;
  }

  async #devices(): Promise<string[]> {
    const names = new Set<string>();
    await this.database.rows('TARGET_INFO_GPU', ['name'], ([name]) => {
      if (typeof name === 'string') names.add(name);
    });
    return [...names];
  }

  async #recordedAt(): Promise<string | undefined> {
    let time: string | undefined;
    await this.database.rows('TARGET_INFO_SESSION_START_TIME', ['utcEpochNs'], ([nanoseconds]) => {
      if (number(nanoseconds) > 0) time = new Date(number(nanoseconds) / 1e6).toISOString();
    });
    return time;
  }
}

/** What all of the GPU's tables begin with here. */
const onDevice = ['start', 'end', 'deviceId', 'contextId', 'streamId', 'correlationId', 'globalPid'];

/** `CUDA_MEMOPR_MEMORY_KIND_PAGEABLE` and so on. */
function memoryOf(name: string): MemoryKind {
  const word = /_KIND_(PAGEABLE|PINNED|DEVICE|ARRAY|MANAGED)/.exec(name)?.[1]?.toLowerCase();
  return (word as MemoryKind | undefined) ?? 'unknown';
}

/** `cudaLaunchKernel_v7000` → `cudaLaunchKernel`: the version is of no use to a reader. */
function callName(text: string): string {
  return text.replace(/(?:_ptsz|_ptds)?(?:_v\d+)?(?:_ptsz|_ptds)?$/, '');
}
