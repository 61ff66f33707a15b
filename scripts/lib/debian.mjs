// Installing Debian packages, when this is Debian (or Ubuntu) and we are root. Elsewhere the message says what to install.
import { isRoot, run, which } from './exec.mjs';

/** @type {Promise<unknown> | undefined} */
let updated;

/** True when packages can be installed without asking anyone. */
export function canInstall() {
  return isRoot && which('apt-get') !== undefined;
}

/**
 * Installs packages with apt-get.
 * @param {readonly string[]} packages
 */
export async function install(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  updated ??= run('apt-get', ['update', '-q'], { env });
  await updated;
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env });
}
