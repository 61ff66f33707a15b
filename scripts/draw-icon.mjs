// Draws docs/images/icon.png from icon.svg, with the browser that the tests use. Run it after changing the drawing.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { browserArguments, ensureBrowser } from './lib/browser.mjs';
import { root } from './lib/paths.mjs';

const images = path.join(root, 'docs/images');
const browser = await chromium.launch({ executablePath: await ensureBrowser(), args: browserArguments });
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(`<style>body{margin:0}</style>${await readFile(path.join(images, 'icon.svg'), 'utf8')}`);
await page.screenshot({ path: path.join(images, 'icon.png'), omitBackground: true });
await browser.close();
