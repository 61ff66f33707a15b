/** Where the counters' permission is given: it differs between a machine, a container and Windows with Linux in it. */
import { existsSync, readFileSync } from 'node:fs';

export type CounterPlatform = 'linux' | 'container' | 'wsl' | 'windows';

export function counterPlatform(platform: NodeJS.Platform = process.platform): CounterPlatform {
  if (platform === 'win32') return 'windows';
  if (/microsoft/i.test(readText('/proc/version'))) return 'wsl';
  const inContainer = existsSync('/.dockerenv') || existsSync('/run/.containerenv');
  return inContainer || /docker|kubepods|containerd|lxc/.test(readText('/proc/1/cgroup')) ? 'container' : 'linux';
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
