// Finding, or installing, the browser that shows the editor in tests. Any Chromium will do: Chromium, Chrome or Edge.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as debian from './debian.mjs';
import { isRoot, node, which } from './exec.mjs';

const require = createRequire(import.meta.url);

/** The usual places of Chromium and its relatives. */
function candidates() {
  const programs = [process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)'], process.env['LOCALAPPDATA']];
  return [
    process.env['CHROME_PATH'],
    ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'].map(which),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ...programs.flatMap((folder) =>
      folder
        ? ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((file) =>
            path.join(folder, file),
          )
        : [],
    ),
    playwrightBrowser(),
  ];
}

/** The browser that Playwright may have installed itself. */
function playwrightBrowser() {
  try {
    return require('playwright-core').chromium.executablePath();
  } catch {
    return undefined;
  }
}

export function findBrowser() {
  return candidates().find((file) => file !== undefined && file !== '' && existsSync(file));
}

/**
 * The path of a Chromium; installs one when there is none.
 * @param {(message: string) => void} [say]
 */
export async function ensureBrowser(say = console.log) {
  const found = findBrowser();
  if (found) return found;
  say('Installing a Chromium for the tests (once) …');
  /** @type {string[]} */
  const problems = [];
  const ways = [
    ...(debian.canInstall() ? [() => debian.install(['chromium', 'fonts-dejavu-core', 'fonts-noto-cjk'])] : []),
    () => node([path.join(path.dirname(require.resolve('playwright-core')), 'cli.js'), 'install', 'chromium']),
  ];
  for (const way of ways) {
    try {
      await way();
      const installed = findBrowser();
      if (installed) return installed;
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `No Chromium, Chrome or Edge was found, and none could be installed. Install one of them, or set CHROME_PATH to it.\n` +
      problems.join('\n'),
  );
}

/** Arguments for a browser that talks to nobody but the page; the superuser cannot use Chromium's sandbox. */
export const browserArguments = [
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
