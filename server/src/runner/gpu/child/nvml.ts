/** NVML, the library behind nvidia-smi: clocks, what holds them down, memory, who else uses the GPU. Optional. */
import { tryLibrary, type Koffi, type NativeFunction } from './koffi';
import type { ClockReading, GpuState } from '../messages';

const success = 0;
const insufficientSize = 7;

/** `nvmlClockType_t` and `nvmlTemperatureSensors_t`. */
const clockOf = { multiprocessor: 1, memory: 2 } as const;
const temperatureOfGpu = 0;
const computeModes = ['default', 'exclusiveThread', 'prohibited', 'exclusiveProcess'] as const;

/** What is called; what a driver does not have answers nothing. */
const prototypes = {
  init: ['int nvmlInit_v2()'],
  byUuid: ['int nvmlDeviceGetHandleByUUID(const char *, void *)'],
  parentOfMig: ['int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void *, void *)'],
  clock: ['int nvmlDeviceGetClockInfo(void *, int, void *)'],
  maxClock: ['int nvmlDeviceGetMaxClockInfo(void *, int, void *)'],
  reasons: [
    'int nvmlDeviceGetCurrentClocksEventReasons(void *, void *)',
    'int nvmlDeviceGetCurrentClocksThrottleReasons(void *, void *)',
  ],
  temperature: ['int nvmlDeviceGetTemperature(void *, int, void *)'],
  power: ['int nvmlDeviceGetPowerUsage(void *, void *)'],
  utilization: ['int nvmlDeviceGetUtilizationRates(void *, void *)'],
  memory: ['int nvmlDeviceGetMemoryInfo(void *, void *)'],
  computeMode: ['int nvmlDeviceGetComputeMode(void *, void *)'],
  migMode: ['int nvmlDeviceGetMigMode(void *, void *, void *)'],
  processes: [
    'int nvmlDeviceGetComputeRunningProcesses_v3(void *, void *, void *)',
    'int nvmlDeviceGetComputeRunningProcesses_v2(void *, void *, void *)',
  ],
} as const;

type Name = keyof typeof prototypes;
type Bound = Readonly<Record<Name, NativeFunction | undefined>>;

export class Nvml {
  readonly #bound: Bound;
  readonly #handles = new Map<string, bigint | undefined>();

  private constructor(bound: Bound) {
    this.#bound = bound;
  }

  /** Undefined where the library is missing or refuses to start; then nothing is known, and nothing is lost. */
  static open(koffi: Koffi): Nvml | undefined {
    const names =
      process.platform === 'win32' ? ['nvml.dll'] : ['libnvidia-ml.so.1', '/usr/lib/wsl/lib/libnvidia-ml.so.1'];
    for (const name of names) {
      const library = tryLibrary(koffi, name);
      if (library === undefined) continue;
      const bind = (texts: readonly string[]) => {
        for (const text of texts) {
          try {
            return library.func(text);
          } catch {
            continue;
          }
        }
        return undefined;
      };
      const bound = Object.fromEntries(Object.entries(prototypes).map(([key, texts]) => [key, bind(texts)])) as Bound;
      if (bound.init?.() === success) return new Nvml(bound);
    }
    return undefined;
  }

  knows(uuid: string): boolean {
    return this.#handle(uuid) !== undefined;
  }

  /** Clocks and what holds them down now; undefined where the device does not tell. */
  clocks(uuid: string): ClockReading | undefined {
    const device = this.#physical(uuid);
    if (device === undefined) return undefined;
    const multiprocessor = this.#number('clock', device, clockOf.multiprocessor);
    if (multiprocessor === undefined) return undefined;
    const memory = this.#number('clock', device, clockOf.memory);
    return { multiprocessor, ...(memory === undefined ? {} : { memory }), reasons: this.#reasons(device) };
  }

  /** Highest clocks, temperature and power: asked for once a run. */
  limits(uuid: string): Pick<GpuState, 'maxClock' | 'maxMemoryClock' | 'temperature' | 'power'> {
    const device = this.#physical(uuid);
    if (device === undefined) return {};
    const milliwatts = this.#number('power', device);
    return defined({
      maxClock: this.#number('maxClock', device, clockOf.multiprocessor),
      maxMemoryClock: this.#number('maxClock', device, clockOf.memory),
      temperature: this.#number('temperature', device, temperatureOfGpu),
      power: milliwatts === undefined ? undefined : milliwatts / 1000,
    });
  }

  /** What the device is busy with. */
  state(uuid: string): GpuState {
    const device = this.#handle(uuid);
    if (device === undefined) return {};
    const physical = this.#physical(uuid) ?? device;
    const mode = this.#number('computeMode', physical);
    return defined({
      ...this.#memory(device),
      // Of a part of a GPU nothing is known; the whole one's would be wrong.
      utilization: this.#number('utilization', device),
      processes: this.#processes(device),
      computeMode: mode === undefined ? undefined : computeModes[mode],
      mig: uuid.startsWith('MIG-') || this.#migEnabled(physical),
      ...this.limits(uuid),
    });
  }

  #reasons(device: bigint): number {
    const out = Buffer.alloc(8);
    return this.#bound.reasons?.(device, out) === success ? Number(out.readBigUInt64LE()) : 0;
  }

  #memory(device: bigint): Pick<GpuState, 'memoryTotal' | 'memoryFree'> {
    const out = Buffer.alloc(24);
    if (this.#bound.memory?.(device, out) !== success) return {};
    return { memoryTotal: Number(out.readBigUInt64LE(0)), memoryFree: Number(out.readBigUInt64LE(8)) };
  }

  /** Only their number: NVML says so when it is given no room for them. */
  #processes(device: bigint): number | undefined {
    const count = Buffer.alloc(4);
    const code = this.#bound.processes?.(device, count, null);
    return code === success || code === insufficientSize ? count.readUInt32LE() : undefined;
  }

  #migEnabled(device: bigint): boolean {
    const [current, pending] = [Buffer.alloc(4), Buffer.alloc(4)];
    return this.#bound.migMode?.(device, current, pending) === success && current.readUInt32LE() === 1;
  }

  /** A query whose last argument receives a 32-bit number. */
  #number(name: Name, device: bigint, which?: number): number | undefined {
    // The rates of use are two numbers, of which the first is wanted.
    const out = Buffer.alloc(8);
    const code = this.#bound[name]?.(device, ...(which === undefined ? [] : [which]), out);
    return code === success ? out.readUInt32LE() : undefined;
  }

  #handle(uuid: string): bigint | undefined {
    if (!this.#handles.has(uuid)) {
      const out = Buffer.alloc(8);
      const found = this.#bound.byUuid?.(uuid, out) === success;
      this.#handles.set(uuid, found ? out.readBigUInt64LE() : undefined);
    }
    return this.#handles.get(uuid);
  }

  /** The GPU that a MIG device is a part of: clocks are the whole one's. */
  #physical(uuid: string): bigint | undefined {
    const device = this.#handle(uuid);
    if (device === undefined || !uuid.startsWith('MIG-')) return device;
    const out = Buffer.alloc(8);
    return this.#bound.parentOfMig?.(device, out) === success ? out.readBigUInt64LE() : undefined;
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
