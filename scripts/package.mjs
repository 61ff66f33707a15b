// `npm run package [-- --target=linux-x64] [--out=FILE]`: makes the .vsix of one platform. It is a production bundle with
// koffi's native file for that platform beside it, so no node_modules travel.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { node, npm } from './lib/exec.mjs';
import { cache, root } from './lib/paths.mjs';

const require = createRequire(import.meta.url);
const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
const here = `${process.platform}-${process.arch}`;
const target = values.target ?? here;
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const out = path.resolve(values.out ?? path.join(root, `kernel-lens-${target}-${manifest.version}.vsix`));

/** The folder of koffi's native part for the target; npm installs this machine's only, so another one is fetched. */
async function nativeFolder() {
  const name = `@koromix/koffi-${target}`;
  const koffi = path.dirname(require.resolve('koffi'));
  const installed = path.join(koffi, '..', name);
  if (existsSync(installed)) return installed;
  const { version } = JSON.parse(readFileSync(path.join(koffi, 'package.json'), 'utf8'));
  const prefix = path.join(cache, `koffi-${version}-${target}`);
  // --force: npm refuses a package for another platform otherwise.
  await npm(['install', '--prefix', prefix, '--no-save', '--ignore-scripts', '--force', `${name}@${version}`]);
  return path.join(prefix, 'node_modules', name);
}

await mkdir(path.dirname(out), { recursive: true });
await node([
  path.join(root, 'scripts/build.mjs'),
  '--production',
  `--platform=${target}`,
  `--native=${await nativeFolder()}`,
]);
const vsce = path.join(path.dirname(require.resolve('@vscode/vsce/package.json')), 'vsce');
const options = ['package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository'];
await node([vsce, ...options, `--target=${target}`, `--out=${out}`], { cwd: root, show: true });
