/** The part of the CUDA driver API that running a kernel takes. */
import * as l10n from '@vscode/l10n';
import { loadKoffi, type Koffi, type NativeFunction, type NativeLibrary } from './koffi';

/** `CUresult` values that are treated by name. */
export const result = {
  success: 0,
  notReady: 600,
  notFound: 500,
} as const;

/** `CUdevice_attribute` values. */
export const deviceAttribute = {
  maxThreadsPerBlock: 1,
  warpSize: 10,
  clockKilohertz: 13,
  multiprocessors: 16,
  memoryClockKilohertz: 36,
  memoryBusBits: 37,
  l2CacheBytes: 38,
  maxThreadsPerMultiprocessor: 39,
  computeMajor: 75,
  computeMinor: 76,
  sharedPerMultiprocessor: 81,
  registersPerMultiprocessor: 82,
  maxBlocksPerMultiprocessor: 106,
  reservedSharedPerBlock: 111,
} as const;

/** `CUfunction_attribute` values. */
export const functionAttribute = {
  maxThreadsPerBlock: 0,
  staticSharedBytes: 1,
  constantBytes: 2,
  localBytes: 3,
  registers: 4,
  maxDynamicSharedBytes: 8,
  nonPortableCluster: 14,
} as const;

const prototypes = {
  cuInit: 'int cuInit(unsigned int)',
  cuDriverGetVersion: 'int cuDriverGetVersion(void *)',
  cuGetErrorName: 'int cuGetErrorName(int, void *)',
  cuDeviceGetCount: 'int cuDeviceGetCount(void *)',
  cuDeviceGet: 'int cuDeviceGet(void *, int)',
  cuDeviceGetName: 'int cuDeviceGetName(void *, int, int)',
  cuDeviceTotalMem: 'int cuDeviceTotalMem_v2(void *, int)',
  cuDeviceGetAttribute: 'int cuDeviceGetAttribute(void *, int, int)',
  cuDevicePrimaryCtxRetain: 'int cuDevicePrimaryCtxRetain(void *, int)',
  cuCtxSetCurrent: 'int cuCtxSetCurrent(void *)',
  cuCtxSynchronize: 'int cuCtxSynchronize()',
  cuDevicePrimaryCtxRelease: 'int cuDevicePrimaryCtxRelease_v2(int)',
  cuProfilerStart: 'int cuProfilerStart()',
  cuProfilerStop: 'int cuProfilerStop()',
  cuModuleLoadData: 'int cuModuleLoadData(void *, void *)',
  cuModuleLoadDataEx: 'int cuModuleLoadDataEx(void *, void *, unsigned int, void *, void *)',
  cuModuleUnload: 'int cuModuleUnload(void *)',
  cuModuleGetFunction: 'int cuModuleGetFunction(void *, void *, const char *)',
  cuModuleGetGlobal: 'int cuModuleGetGlobal_v2(void *, void *, void *, const char *)',
  cuFuncGetAttribute: 'int cuFuncGetAttribute(void *, int, void *)',
  cuFuncSetAttribute: 'int cuFuncSetAttribute(void *, int, int)',
  cuOccupancy: 'int cuOccupancyMaxActiveBlocksPerMultiprocessor(void *, void *, int, size_t)',
  cuMemGetInfo: 'int cuMemGetInfo_v2(void *, void *)',
  cuMemAlloc: 'int cuMemAlloc_v2(void *, size_t)',
  cuMemFree: 'int cuMemFree_v2(uint64_t)',
  cuMemcpyHtoD: 'int cuMemcpyHtoD_v2(uint64_t, void *, size_t)',
  cuMemcpyDtoH: 'int cuMemcpyDtoH_v2(void *, uint64_t, size_t)',
  cuMemcpyDtoDAsync: 'int cuMemcpyDtoDAsync_v2(uint64_t, uint64_t, size_t, void *)',
  cuMemsetD8Async: 'int cuMemsetD8Async(uint64_t, unsigned char, size_t, void *)',
  cuStreamCreate: 'int cuStreamCreate(void *, unsigned int)',
  cuEventCreate: 'int cuEventCreate(void *, unsigned int)',
  cuEventDestroy: 'int cuEventDestroy_v2(void *)',
  cuEventRecord: 'int cuEventRecord(void *, void *)',
  cuEventQuery: 'int cuEventQuery(void *)',
  cuEventElapsedTime: 'int cuEventElapsedTime(void *, void *, void *)',
  cuLaunchCooperativeKernel:
    'int cuLaunchCooperativeKernel(void *, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, void *, void *)',
  cuLaunchKernel:
    'int cuLaunchKernel(void *, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, void *, void *, void *)',
} as const;

type Bound = Readonly<Record<keyof typeof prototypes, NativeFunction>>;

/** A driver call that did not succeed. */
export class DriverError extends Error {
  constructor(
    readonly code: number,
    readonly call: string,
    readonly errorName: string,
    readonly detail = '',
  ) {
    super(`${call}: ${errorName} (${code})${detail === '' ? '' : `: ${detail}`}`);
  }
}

/** The plan and the compiled kernel do not fit; a sentence for the user. */
export class PlanMismatch extends Error {}

/** Why there is no driver at all. */
export class NoDriver extends Error {}

export class Driver {
  /** Present since CUDA 12.4. */
  readonly cuFuncGetParamInfo: NativeFunction | undefined;
  /** Present since CUDA 11.8. */
  readonly cuLaunchKernelEx: NativeFunction | undefined;
  /** A MIG device's own since CUDA 11.4. */
  readonly cuDeviceGetUuid: NativeFunction | undefined;
  readonly koffi: Koffi;
  readonly raw: Bound;
  readonly #flush: NativeFunction | undefined;

  constructor() {
    try {
      this.koffi = loadKoffi();
    } catch (error) {
      throw new NoDriver(l10n.t('The module koffi could not be loaded, so no GPU can be reached: {0}', reason(error)));
    }
    const names = process.platform === 'win32' ? ['nvcuda.dll'] : ['libcuda.so.1', '/usr/lib/wsl/lib/libcuda.so.1'];
    const library = openFirst(this.koffi, names);
    this.raw = Object.fromEntries(
      Object.entries(prototypes).map(([name, prototype]) => [name, bind(library, prototype)]),
    ) as Bound;
    this.cuLaunchKernelEx = tryBind(library, 'int cuLaunchKernelEx(void *, void *, void *, void *)');
    this.cuFuncGetParamInfo = tryBind(library, 'int cuFuncGetParamInfo(void *, size_t, void *, void *)');
    this.cuDeviceGetUuid =
      tryBind(library, 'int cuDeviceGetUuid_v2(void *, int)') ?? tryBind(library, 'int cuDeviceGetUuid(void *, int)');
    this.#flush = bindFlush(this.koffi);
  }

  /** Calls and throws a `DriverError` unless it succeeds. */
  call(name: keyof Bound, ...args: Parameters<NativeFunction>): void {
    const code = this.raw[name](...args);
    if (code !== result.success) throw this.error(code, name);
  }

  error(code: number, call: string, detail = ''): DriverError {
    return new DriverError(code, call, this.errorName(code), detail);
  }

  errorName(code: number): string {
    const out = Buffer.alloc(8);
    if (this.raw.cuGetErrorName(code, out) !== result.success) return `CUDA error ${code}`;
    const address = out.readBigUInt64LE();
    return address === 0n ? `CUDA error ${code}` : readCString(this.koffi, address);
  }

  /** A call whose first argument receives a 32-bit number. */
  int(name: keyof Bound, ...rest: Parameters<NativeFunction>): number {
    const out = Buffer.alloc(4);
    this.call(name, out, ...rest);
    return out.readInt32LE();
  }

  /** A call whose first argument receives a pointer, a handle or a size. */
  handle(name: keyof Bound, ...rest: Parameters<NativeFunction>): bigint {
    const out = Buffer.alloc(8);
    this.call(name, out, ...rest);
    return out.readBigUInt64LE();
  }

  /** Writes out what the C library holds of standard output. */
  flushStandardOutput(): void {
    this.#flush?.(null);
  }

  attribute(which: keyof typeof deviceAttribute, device: number): number {
    return this.int('cuDeviceGetAttribute', deviceAttribute[which], device);
  }

  /** 0 where this driver does not know the attribute. */
  attributeOr0(which: keyof typeof deviceAttribute, device: number): number {
    const out = Buffer.alloc(4);
    return this.raw.cuDeviceGetAttribute(out, deviceAttribute[which], device) === result.success
      ? out.readInt32LE()
      : 0;
  }

  functionAttribute(which: keyof typeof functionAttribute, kernel: bigint): number {
    const out = Buffer.alloc(4);
    this.call('cuFuncGetAttribute', out, functionAttribute[which], kernel);
    return out.readInt32LE();
  }
}

function openFirst(koffi: Koffi, names: readonly string[]): NativeLibrary {
  let last: unknown;
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch (error) {
      last ??= error;
    }
  }
  throw new NoDriver(
    l10n.t(
      'No NVIDIA driver was found on this machine ({0}). Install the NVIDIA driver; without it kernels run on the CPU only.',
      loaderWords(names[0] ?? '', last),
    ),
  );
}

/** The loader's reason, without its repetitions of what was tried. */
function loaderWords(name: string, error: unknown): string {
  const words = reason(error).replace(/^Failed to load shared library: /, '');
  return words.startsWith(name) ? words : `${name}: ${words}`;
}

function bind(library: NativeLibrary, prototype: string): NativeFunction {
  try {
    return library.func(prototype);
  } catch (error) {
    throw new NoDriver(
      l10n.t('The NVIDIA driver is too old for Kernel Lens ({0}). Update it to 450 or newer.', reason(error)),
    );
  }
}

function tryBind(library: NativeLibrary, prototype: string): NativeFunction | undefined {
  try {
    return library.func(prototype);
  } catch {
    return undefined;
  }
}

function bindFlush(koffi: Koffi): NativeFunction | undefined {
  try {
    return koffi.load(process.platform === 'win32' ? 'ucrtbase.dll' : 'libc.so.6').func('int fflush(void *)');
  } catch {
    return undefined;
  }
}

/** The driver's error names are static and short; reading stops at their end. */
function readCString(koffi: Koffi, address: bigint): string {
  let text = '';
  for (let offset = 0; offset < 128; offset++) {
    const byte = new Uint8Array(koffi.view(address + BigInt(offset), 1))[0];
    if (byte === undefined || byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
