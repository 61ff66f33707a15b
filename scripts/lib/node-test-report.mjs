// A reporter for node:test that writes one entry a test, with the reason of each skip, to the file in KERNEL_LENS_REPORT.
import { writeFileSync } from 'node:fs';

/**
 * @typedef {{ type: 'test:pass' | 'test:fail', data: { name: string, skip?: string | boolean,
 *   details: { type?: string, error: Error & { failureType?: string, cause?: unknown } } } }
 *   | { type: 'test:diagnostic' | 'test:stdout' | 'test:stderr', data: { message: string } }} TestEvent
 */

/** @param {AsyncIterable<TestEvent>} source */
export default async function* report(source) {
  /** @type {import('../test.mjs').Check[]} */
  const tests = [];
  for await (const event of source) {
    if (event.type === 'test:diagnostic') yield `  ${event.data.message}\n`;
    if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name: title, skip, details } = event.data;
    // A suite, or a whole file, is counted by its tests; but one that fails on its own account is a failure.
    const container = details.type === 'suite';
    if (event.type === 'test:pass') {
      if (container) continue;
      if (skip === undefined) tests.push({ title, state: 'passed' });
      else tests.push({ title, state: 'skipped', reason: typeof skip === 'string' ? skip : 'no reason given' });
    } else {
      const { error } = details;
      if (container && error.failureType === 'subtestsFailed') continue;
      const cause = error.cause instanceof Error ? error.cause : error;
      tests.push({ title, state: 'failed', reason: cause.stack ?? cause.message });
    }
    yield `  ${event.type === 'test:fail' ? '✖' : skip === undefined ? '✔' : '-'} ${title}\n`;
  }
  const file = process.env['KERNEL_LENS_REPORT'];
  if (file) writeFileSync(file, JSON.stringify({ tests }, null, 2));
}
