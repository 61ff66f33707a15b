import type { ToolkitVersion } from './types';

/** Reads `nvcc --version`: `Cuda compilation tools, release 13.0, V13.0.88`. */
export function parseNvccVersion(text: string): ToolkitVersion | undefined {
  const match = /release (\d+)\.(\d+)(?:, V([\d.]+))?/.exec(text);
  if (match === null) return undefined;
  const [, major, minor, full] = match;
  return { major: Number(major), minor: Number(minor), full: full ?? `${major}.${minor}` };
}

/** Whether `version` is at least `major.minor`. */
export function atLeast(version: ToolkitVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** Negative where `a` is older. */
export function compareVersions(a: ToolkitVersion, b: ToolkitVersion): number {
  return a.major - b.major || a.minor - b.minor || a.full.localeCompare(b.full, 'en', { numeric: true });
}

/** The oldest toolkit Kernel Lens is written for. */
export const oldestToolkit = { major: 11, minor: 8 } as const;
