/** Where the C++ headers and runtime of the CPU backend lie. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The runtime folder: beside the bundle (`dist/runtime/cpu`) in the product, in the source tree when the sources run
 * themselves, as in tests. `base` is the folder of the running script.
 */
export function runtimeFolder(base: string = __dirname): string {
  const bundled = path.join(base, 'runtime', 'cpu');
  return existsSync(bundled) ? bundled : path.resolve(base, '..', '..', '..', 'runtime', 'cpu');
}
