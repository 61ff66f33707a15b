/** Finds koffi, which no bundle can hold because it is native: among the modules, or in a folder beside this file. */
import { createRequire } from 'node:module';
import path from 'node:path';

export type NativeValue = number | bigint | string | Uint8Array | null;
export type NativeFunction = (...args: NativeValue[]) => number;

export interface NativeLibrary {
  func(prototype: string): NativeFunction;
}

export interface Koffi {
  load(library: string): NativeLibrary;
  alloc(type: string, count: number): bigint;
  free(pointer: bigint): void;
  view(pointer: bigint, bytes: number): ArrayBuffer;
}

export function loadKoffi(): Koffi {
  const require = createRequire(__filename);
  try {
    return require('koffi') as Koffi;
  } catch {
    return require(path.join(__dirname, 'koffi')) as Koffi;
  }
}

/** Undefined where there is no such library, or it does not load. */
export function tryLibrary(koffi: Koffi, name: string): NativeLibrary | undefined {
  try {
    return koffi.load(name);
  } catch {
    return undefined;
  }
}
