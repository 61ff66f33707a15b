/** The GPUs of this machine, for choosing one: asked for when the choice is offered, never polled. */
import type { GpuDevice } from './result';

/** What NVML says of a GPU at one moment; whatever it does not tell is absent. */
export interface GpuState {
  /** Bytes. */
  readonly memoryTotal?: number;
  readonly memoryFree?: number;
  /** Percent of the last second or so in which a kernel ran. */
  readonly utilization?: number;
  /** Processes that hold a context on it, ours among them. */
  readonly processes?: number;
  readonly computeMode?: 'default' | 'exclusiveThread' | 'prohibited' | 'exclusiveProcess';
  /** Split into parts (MIG), or itself such a part. */
  readonly mig?: boolean;
  /** MHz. */
  readonly maxClock?: number;
  readonly maxMemoryClock?: number;
  /** Degrees Celsius and watts. */
  readonly temperature?: number;
  readonly power?: number;
}

export interface GpuChoice {
  readonly device: GpuDevice;
  readonly state: GpuState;
  /** The next run takes it. */
  readonly chosen: boolean;
}

/** Request, client → server: every GPU with its present state, or the sentence that says why there are none. */
export const gpusRequest = 'kernelLens/gpus';
export type GpusAnswer = { readonly gpus: readonly GpuChoice[] } | { readonly message: string };
