// `npm test`: prepares a fresh clone, then runs every tier of tests, or those named. The last line counts the checks.
import { rm } from 'node:fs/promises';
import { results } from './lib/paths.mjs';
import { ensureDependencies } from './setup.mjs';

/** @typedef {{ title: string, state: 'passed' | 'failed' | 'skipped', reason?: string }} Check */

/** In the order of running: what fails fast comes first. */
const tiers = ['format', 'lint', 'types', 'unit', 'protocol', 'host', 'editor', 'gpu', 'package'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !tiers.includes(name));
if (unknown.length > 0) {
  console.error(`No such tier: ${unknown.join(', ')}. There are: ${tiers.join(', ')}.`);
  process.exit(2);
}

/**
 * What a tier that could not run at all counts as: one failed check.
 * @param {unknown} error
 * @returns {Check[]}
 */
function broken(error) {
  return [{ title: 'runs', state: 'failed', reason: error instanceof Error ? error.message : String(error) }];
}

/**
 * Runs a tier and says how it went.
 * @param {string} name
 * @param {() => Promise<Check[]>} tier
 */
async function runTier(name, tier) {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 60 - name.length))}`);
  const start = Date.now();
  const checks = await tier().catch(broken);
  if (checks.length === 0) checks.push(...broken('The tier ran no test at all.'));
  for (const check of checks) {
    if (check.state === 'failed') console.log(`✖ ${name}: ${check.title}\n${indent(check.reason ?? '')}`);
    if (check.state === 'skipped') console.log(`- ${name}: ${check.title} (skipped: ${check.reason ?? 'no reason'})`);
  }
  console.log(`${count(checks)} in ${Math.round((Date.now() - start) / 1000)} s`);
  return checks;
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^/gm, '    ');
}

/** @param {Check[]} checks */
function count(checks) {
  const number = (/** @type {Check['state']} */ state) => checks.filter((check) => check.state === state).length;
  const skipped = number('skipped');
  return `${number('passed')} passed, ${number('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

await ensureDependencies();
await rm(results, { recursive: true, force: true });
const chosen = wanted.length > 0 ? tiers.filter((name) => wanted.includes(name)) : tiers;
/** @type {Check[]} */
const all = [];
// Only now: the tiers import installed packages.
const { runners } = await import('./lib/tiers.mjs');

for (const name of ['build', ...chosen]) {
  const tier = runners[name];
  if (tier) all.push(...(await runTier(name, tier)));
}

console.log(`\n${count(all)}`);
process.exit(all.some((check) => check.state === 'failed') ? 1 : 0);
