#!/usr/bin/env node
// Stands in for the desktop `code` when the extension-host suite runs: takes the same arguments from @vscode/test-electron,
// but opens VS Code's server in a headless browser. The suite itself cannot tell the difference.
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { format, parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { browserArguments, ensureBrowser } from '../../scripts/lib/browser.mjs';
import { results } from '../../scripts/lib/paths.mjs';
import { editorUrl, installServer, startServer } from '../../scripts/lib/vscode-server.mjs';

const { values, positionals } = parseArgs({ strict: false, allowPositionals: true });
const option = (/** @type {string} */ name) => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};
const [folder] = positionals;
const extension = option('extensionDevelopmentPath');
const tests = option('extensionTestsPath');
if (!folder || !extension || !tests) throw new Error('A folder, an extension and its tests are needed.');

const data = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-host-'));
process.on('exit', () => rmSync(data, { recursive: true, force: true, maxRetries: 3 }));

const version = process.env['KERNEL_LENS_VSCODE'] === 'current' ? 'current' : 'minimum';
const server = await startServer({
  installation: await installServer(version),
  data,
  trusted: values['disable-workspace-trust'] === true,
  // As on the desktop: the browser's VS Code would save every edit by itself.
  settings: { 'files.autoSave': 'off' },
});
const browser = await chromium.launch({ executablePath: await ensureBrowser(), args: browserArguments });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });

/** @type {(code: number) => void} */
let finish = () => {};
/** @type {Promise<number>} */
const verdict = new Promise((resolve) => (finish = resolve));

/** @type {string[]} */
const log = [];
await page.exposeFunction('codeAutomationLog', (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
  const text = format(...args);
  log.push(`${type}: ${text}`);
  // The suite's own lines; what else the workbench says matters only when something went wrong.
  if (/^\s*[✔✖-] /.test(text)) process.stdout.write(`${text}\n`);
});
await page.exposeFunction('codeAutomationExit', (/** @type {number} */ code) => finish(code));
page.on('crash', () => finish(101));
void server.ended.then(() => finish(102));

await page.goto(editorUrl(server, { folder: path.resolve(folder), extension, tests }));
// A suite that hangs must not hang CI: far beyond what the whole suite takes, also on a busy machine.
const limit = setTimeout(() => finish(103), 30 * 60_000);
const code = await verdict;
clearTimeout(limit);
if (code !== 0) {
  await mkdir(results, { recursive: true });
  await page.screenshot({ path: path.join(results, `host-${version}.png`) }).catch(() => {});
  await writeFile(path.join(results, `host-${version}.log`), [...log, server.log()].join('\n'));
}
if (code > 100) process.stdout.write(`The editor ended before the suite did (${code}).\n${server.log()}\n`);
await browser.close();
await server.stop();
process.exit(code);
