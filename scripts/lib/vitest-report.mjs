// A reporter for vitest that writes one entry a test, with the reason of each skip, to the file in KERNEL_LENS_REPORT.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

export default class Report {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly import('vitest/node').SerializedError[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    /** @type {import('../test.mjs').Check[]} */
    const tests = [];
    for (const module of modules) {
      const file = relative(module);
      for (const error of module.errors()) tests.push({ ...failed(file, error), file });
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) tests.push({ ...failed(suite.fullName, error), file });
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        const title = `${file} > ${test.fullName}`;
        if (result.state === 'passed') tests.push({ title, state: 'passed', file });
        else if (result.state === 'skipped')
          tests.push({ title, state: 'skipped', reason: result.note ?? 'no reason given', file });
        else tests.push({ ...failed(title, ...(result.errors ?? [])), file });
      }
    }
    for (const error of unhandled) tests.push(failed('unhandled error', error));
    const file = process.env['KERNEL_LENS_REPORT'];
    if (file) writeFileSync(file, JSON.stringify({ tests }, null, 2));
  }
}

/** @param {import('vitest/node').TestModule} module */
function relative(module) {
  return path.relative(root, module.moduleId).replaceAll('\\', '/');
}

/**
 * @param {string} title
 * @param {...{ message: string, stack?: string | undefined, diff?: string | undefined }} errors
 * @returns {import('../test.mjs').Check}
 */
function failed(title, ...errors) {
  const reason = errors
    .map((error) => [error.stack ?? error.message, error.diff].filter(Boolean).join('\n'))
    .join('\n');
  return { title, state: 'failed', reason };
}
