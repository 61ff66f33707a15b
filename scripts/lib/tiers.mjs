// The tiers of `npm test`: each runs its tool and answers with one entry a check.
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { CommandError, node } from './exec.mjs';
import { ensureBrowser } from './browser.mjs';
import { examples, results, root } from './paths.mjs';
import { installServer } from './vscode-server.mjs';

/** @typedef {import('../test.mjs').Check} Check */

const require = createRequire(import.meta.url);

/**
 * The program of an installed package, run with Node itself.
 * @param {string} name
 * @param {string} [program]
 */
function bin(name, program = name) {
  const file = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(file, 'utf8'));
  return path.join(path.dirname(file), typeof bin === 'string' ? bin : bin[program]);
}

/**
 * A tool whose exit code is its verdict counts as one check.
 * @param {string} title
 * @param {readonly string[]} args
 * @returns {Promise<Check[]>}
 */
async function single(title, args) {
  try {
    await node(args, { cwd: root });
    return [{ title, state: 'passed' }];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [{ title, state: 'failed', reason: error.output.trimEnd() }];
  }
}

/**
 * Runs vitest on a folder of tests and reads its report.
 * @param {string} name
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Check[]>}
 */
async function vitest(name, args, env) {
  const report = path.join(results, `${name}.json`);
  await mkdir(results, { recursive: true });
  const reporter = path.join(root, 'scripts/lib/vitest-report.mjs');
  const failure = await node([bin('vitest'), 'run', ...args, '--reporter=default', `--reporter=${reporter}`], {
    cwd: root,
    show: true,
    env: { ...env, KERNEL_LENS_REPORT: report },
  }).then(
    () => undefined,
    (error) => error,
  );
  return checksOf(report, failure);
}

/**
 * The checks of a report; a tool that failed although every check passed is a failure too.
 * @param {string} report
 * @param {unknown} failure
 * @returns {Check[]}
 */
function checksOf(report, failure) {
  /** @type {Check[]} */
  const checks = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).tests : [];
  if (failure && !checks.some((check) => check.state === 'failed')) {
    checks.push({ title: 'ends well', state: 'failed', reason: failure instanceof Error ? failure.message : '' });
  }
  return checks;
}

/** More files than these do not fail by chance. */
const failedByChanceAtMost = 2;

/**
 * Runs vitest, and what failed a second time. Servers, compilers and editors run under these tests, on a machine that may
 * be doing other things: what passes only then is said to be unsteady.
 * @param {string} name
 * @param {readonly string[]} options
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Check[]>}
 */
async function vitestTwice(name, options, folder, env) {
  const first = await vitest(name, [...options, folder], env);
  const failed = first.filter((check) => check.state === 'failed');
  const files = [...new Set(failed.map((check) => check.file))].filter((file) => file !== undefined);
  if (files.length === 0 || files.length > failedByChanceAtMost) return first;
  console.log(`\nA second attempt at ${files.join(' and ')}:`);
  const second = await vitest(`${name}-again`, [...options, ...files], env);
  const reasons = new Map(failed.map((check) => [check.title, check.reason]));
  return [
    ...first.filter((check) => check.file === undefined || !files.includes(check.file)),
    ...second.map((check) => {
      const unsteady = check.state === 'passed' ? reasons.get(check.title) : undefined;
      return unsteady === undefined ? check : { ...check, unsteady };
    }),
  ];
}

/**
 * Tests that drive the editor.
 * @param {string} name
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} [env]
 */
async function inEditor(name, folder, env) {
  await prepareEditor();
  return vitestTwice(name, ['--config=test/editor/vitest.config.ts'], folder, env);
}

/**
 * The extension-host suite in one VS Code version.
 * @param {'minimum' | 'current'} version
 * @returns {Promise<Check[]>}
 */
async function host(version) {
  const { runTests } = await import('@vscode/test-electron');
  const report = path.join(results, `host-${version}.json`);
  await mkdir(results, { recursive: true });
  // On Linux VS Code's server, which needs no display and no download from outside the registry; elsewhere the desktop.
  const desktop = process.platform !== 'linux' || process.env['KERNEL_LENS_TEST_DESKTOP'] === '1';
  if (!desktop) {
    await installServer(version);
    await ensureBrowser();
  }
  // A copy, because the suite edits, and VS Code may save what it edited.
  const folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-host-')), 'examples');
  await cp(examples, folder, { recursive: true });
  const failure = await runTests({
    ...(desktop
      ? { version: version === 'minimum' ? minimumVersion() : 'stable' }
      : { vscodeExecutablePath: path.join(root, 'test/support/vscode-in-browser.mjs') }),
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'dist-test/host/index'),
    launchArgs: [folder],
    extensionTestsEnv: { KERNEL_LENS_HOST_REPORT: report, KERNEL_LENS_VSCODE: version },
  }).then(
    () => undefined,
    (error) => error,
  );
  await rm(path.dirname(folder), { recursive: true, force: true });
  return checksOf(report, failure).map((check) => ({ ...check, title: `${version} VS Code: ${check.title}` }));
}

/** The oldest VS Code that the manifest allows. */
function minimumVersion() {
  return require('../../package.json').engines.vscode.replace('^', '');
}

/** The suites that drive the editor as a person does need VS Code's server and a browser. */
async function prepareEditor() {
  await installServer('current');
  await ensureBrowser();
}

/** @type {Record<string, () => Promise<Check[]>>} */
export const runners = {
  build: () => single('the extension is bundled', [path.join(root, 'scripts/build.mjs')]),
  format: () => single('prettier finds nothing to change', [bin('prettier'), '--check', '.']),
  lint: () => single('eslint finds nothing', [bin('eslint'), '.', '--max-warnings=0']),
  types: async () => [
    ...(await single('tsc finds nothing', [bin('typescript', 'tsc'), '-p', '.'])),
    ...(await single('tsc finds nothing in the webviews', [bin('typescript', 'tsc'), '-p', 'client/src/webviews'])),
  ],
  unit: () => vitestTwice('unit', [], 'test/unit'),
  protocol: () => vitestTwice('protocol', [], 'test/protocol'),
  host: async () => {
    await node([path.join(root, 'scripts/build-host-tests.mjs')], { cwd: root });
    return [...(await host('minimum')), ...(await host('current'))];
  },
  editor: () => inEditor('editor', 'test/editor'),
  gpu,
  package: async () => {
    const vsix = path.join(results, 'kernel-lens.vsix');
    const packaged = await single('vsce makes a package', [path.join(root, 'scripts/package.mjs'), `--out=${vsix}`]);
    if (packaged[0]?.state === 'failed') return packaged;
    return [...packaged, ...(await inEditor('package', 'test/package', { KERNEL_LENS_VSIX: vsix }))];
  },
};

/** @returns {Promise<Check[]>} */
async function gpu() {
  await node([path.join(root, 'scripts/build-gpu-tests.mjs')], { cwd: root });
  const folder = path.join(root, 'dist-test/gpu');
  const files = (await readdir(folder)).filter((file) => /\.test\.[cm]?js$/.test(file));
  const report = path.join(results, 'gpu.json');
  await mkdir(results, { recursive: true });
  const failure = await node(
    [
      '--test',
      `--test-reporter=${path.join(root, 'scripts/lib/node-test-report.mjs')}`,
      '--test-reporter-destination=stdout',
      ...files.map((file) => path.join(folder, file)),
    ],
    { cwd: root, show: true, env: { KERNEL_LENS_REPORT: report } },
  ).then(
    () => undefined,
    (error) => error,
  );
  return checksOf(report, failure);
}
