// Prepares a fresh clone: installs the locked dependencies when they are missing or old, and builds. Uses nothing but Node.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { node, npm } from './lib/exec.mjs';
import { root } from './lib/paths.mjs';

const oldestNode = 20;

/** Fails with a sentence when this Node is too old for the project. */
function checkNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return;
  throw new Error(`Kernel Lens needs Node ${oldestNode} or newer; this is ${process.version}.`);
}

/** Runs `npm ci` unless node_modules is as new as the lockfile. */
export async function ensureDependencies(say = console.log) {
  checkNode();
  // npm writes this file last, so that an interrupted installation is redone.
  const installed = path.join(root, 'node_modules/.package-lock.json');
  const lock = path.join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say('Installing dependencies …');
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
}

/** Builds dist/. A second and less, so always. */
export async function build() {
  await node([path.join(root, 'scripts/build.mjs')], { cwd: root });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await ensureDependencies();
  await build();
}
