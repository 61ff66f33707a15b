// `npm test`: prepares a fresh clone, then runs every tier of tests, or those named. The last line counts the checks.
import { rm } from 'node:fs/promises';
import { results } from './lib/paths.mjs';
import { ensureDependencies } from './setup.mjs';

/**
 * `reason`: of a failure or a skip. `unsteady`: why an earlier attempt at what passed failed.
 * @typedef {{ title: string, state: 'passed' | 'failed' | 'skipped', reason?: string, file?: string, unsteady?: string }} Check
 */

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
  for (const check of checks) if (check.state === 'failed') console.log(failure(name, check));
  for (const [reason, titles] of skips(checks)) {
    console.log(`- ${titles.length} skipped: ${reason}\n${indent(titles.join('\n'))}`);
  }
  console.log(`${count(checks)} in ${Math.round((Date.now() - start) / 1000)} s`);
  return checks;
}

/**
 * @param {string} tier
 * @param {Check} check
 */
function failure(tier, check) {
  return `✖ ${tier}: ${check.title}\n${indent(check.reason ?? '')}`;
}

/**
 * What was skipped, by the reason.
 * @param {readonly Check[]} checks
 */
function skips(checks) {
  /** @type {Map<string, string[]>} */
  const byReason = new Map();
  for (const { title, state, reason = 'no reason given' } of checks) {
    if (state === 'skipped') byReason.set(reason, [...(byReason.get(reason) ?? []), title]);
  }
  return byReason;
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^/gm, '    ');
}

/** @param {readonly Check[]} checks */
function count(checks) {
  const number = (/** @type {Check['state']} */ state) => checks.filter((check) => check.state === state).length;
  const skipped = number('skipped');
  return `${number('passed')} passed, ${number('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

await ensureDependencies();
await rm(results, { recursive: true, force: true });
const chosen = wanted.length > 0 ? tiers.filter((name) => wanted.includes(name)) : tiers;
/** @type {[string, Check[]][]} */
const ran = [];
// Only now: the tiers import installed packages.
const { runners } = await import('./lib/tiers.mjs');

for (const name of ['build', ...chosen]) {
  const tier = runners[name];
  if (tier) ran.push([name, await runTier(name, tier)]);
}

// Once more at the end, where they are looked for: between the tiers lie thousands of lines.
for (const [name, checks] of ran) {
  for (const check of checks) {
    if (check.state === 'failed') console.log(`\n${failure(name, check)}`);
    if (check.unsteady)
      console.log(`\n! ${name}: ${check.title} passed at the second attempt only\n${indent(check.unsteady)}`);
  }
}
const all = ran.flatMap(([, checks]) => checks);
console.log(`\n${count(all)}`);
process.exit(all.some((check) => check.state === 'failed') ? 1 : 0);
