// A traced program of many records, from what the trace library wrote to the timeline: `node test/bench/timeline.bench.mjs [records …]`.
// Reads and combines raw traces as the server does, then shows them with the built page in headless Chromium. Prints medians; asserts nothing.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { browserArguments, ensureBrowser } from '../../scripts/lib/browser.mjs';

const self = fileURLToPath(import.meta.url);
const root = path.resolve(path.dirname(self), '../..');
const require = createRequire(import.meta.url);

if (process.argv[2] === 'read') await readInProcess(process.argv.slice(3));
else await main();

async function main() {
  const sizes = process.argv.slice(2).map(Number);
  if (sizes.length === 0) sizes.push(10_000, 100_000, 1_000_000);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-bench-'));
  try {
    const bundle = path.join(folder, 'trace.cjs');
    await build({
      stdin: {
        contents: `
          export { timelineTexts } from './client/src/text/timeline-texts';
          export { combine } from './server/src/runner/trace/combine';
          export { runTask } from './server/src/process';
          export { summaryOf, kernelsOf, readTrace, writeTraceFile } from './server/src/runner/trace/read';`,
        resolveDir: root,
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      outfile: bundle,
      logLevel: 'warning',
    });
    await build({
      entryPoints: { 'trace-worker': path.join(root, 'server/src/runner/trace/worker.ts') },
      bundle: true,
      platform: 'node',
      outdir: folder,
      logLevel: 'warning',
    });
    /** @type {Map<number, Record<string, number>>} */
    const measured = new Map();
    for (const size of sizes) {
      const raw = path.join(folder, `${size}.trace`);
      await writeRaw(raw, size);
      const trace = path.join(folder, `${size}.kltrace`);
      const server = JSON.parse(
        execFileSync(process.execPath, ['--max-old-space-size=8192', self, 'read', bundle, raw, trace], {
          encoding: 'utf8',
        }),
      );
      measured.set(size, { ...server, ...(await showInBrowser(trace, require(bundle))) });
    }
    const names = Object.keys(measured.get(sizes[0] ?? 0) ?? {});
    const line = (/** @type {string[]} */ cells) =>
      console.log(cells.map((c, i) => (i ? c.padStart(12) : c.padEnd(34))).join(''));
    line(['records', ...sizes.map((size) => size.toLocaleString('en-US'))]);
    for (const name of names) line([name, ...sizes.map((size) => (measured.get(size)?.[name] ?? NaN).toFixed(1))]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What a program writes that launches twelve kernels on four streams from two lines, copies now and then and waits.
 * @param {string} file
 * @param {number} size
 */
async function writeRaw(file, size) {
  const out = createWriteStream(file);
  const put = async (/** @type {string} */ text) => {
    if (!out.write(text)) await new Promise((resolve) => out.once('drain', () => resolve(undefined)));
  };
  const names = ['cudaLaunchKernel', 'cudaMemcpyAsync', 'cudaStreamSynchronize'];
  let text = 'V 1 130001 528 1795546166535367096\nM 1 /project/program\nX 1 0 7\n';
  names.forEach((name, index) => (text += `S ${index + 1} ${name}\n`));
  for (let kernel = 0; kernel < 12; kernel++) text += `S ${kernel + 10} kernel${kernel}\n`;
  for (let stack = 1; stack <= 40; stack++) text += `T ${stack} 1 ${(0x1000 + stack * 16).toString(16)}\n`;
  let clock = 1_000_000;
  let random = 1;
  const next = (/** @type {number} */ below) => (random = (random * 48271) % 2147483647) % below;
  const free = [0, 0, 0, 0];
  for (let record = 0, id = 1; record < size; id++) {
    const call = 2000 + next(4000);
    const stream = next(4);
    const begin = Math.max(clock + 3000, free[stream] ?? 0);
    const length = 1500 + next(id % 97 === 0 ? 400_000 : 9000);
    const stack = 1 + (id % 40);
    const what = id % 50 === 0 ? 2 : 1;
    text += `A ${clock} ${clock + call} 528 ${id} ${stack} ${what} 0\n`;
    text +=
      what === 2
        ? `C ${begin} ${begin + length} 0 1 ${stream + 7} ${id} ${stack} ${4096 * (1 + next(64))} ${1 + next(2)} 2 3 1 0 0\n`
        : `K ${begin} ${begin + length} 0 1 ${stream + 7} ${id} ${stack} ${10 + (id % 12)} ${64 << (id % 4)} 1 1 256 1 1 32 0 1024 0 0\n`;
    free[stream] = begin + length;
    clock += call + next(1000);
    record += 2;
    if (id % 400 === 0) {
      const until = Math.max(clock + 1000, ...free);
      text += `A ${clock} ${until} 528 ${++id} ${stack} 3 0\n`;
      clock = until + next(200_000);
      record++;
    }
    if (text.length > 1 << 20) {
      await put(text);
      text = '';
    }
  }
  await put(text);
  await new Promise((resolve) => out.end(() => resolve(undefined)));
}

/** What keeps the event loop longest from now on, in milliseconds. */
async function longestBlock() {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, 50));
  delay.reset();
  return () => {
    delay.disable();
    return delay.max / 1e6;
  };
}

/**
 * In a process of its own, so that its memory is what this took.
 * @param {string[]} files
 */
async function readInProcess([bundle = '', raw = '', to = '']) {
  const { combine, summaryOf, kernelsOf, readTrace, runTask, writeTraceFile } = require(bundle);
  const here = await longestBlock();
  const before = process.memoryUsage().rss;
  // Of the processor, not of the clock: others may be at work on the machine.
  const used = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  const t0 = used();
  const parsed = await readTrace(raw);
  const t1 = used();
  const framesOf = (/** @type {unknown} */ _, /** @type {number} */ stack) =>
    stack === 0 ? [] : [{ file: '/project/main.cu', line: 10 + stack }];
  const data = combine({
    traces: [parsed],
    framesOf,
    nameOf: (/** @type {string} */ name) => name,
    program: 'main.cu',
    deviceName: 'Some GPU',
    recordedAt: '2026-01-01T00:00:00.000Z',
  });
  const t2 = used();
  await writeTraceFile(data, to);
  const t3 = used();
  summaryOf(data, to);
  kernelsOf(data);
  const t4 = used();
  const blockHere = here();
  const records = `${raw}.records`;
  await mkdir(records);
  await rename(raw, path.join(records, '1.trace'));
  const question = {
    records,
    toolkit: { root: '/none' },
    deviceName: '',
    name: 'main.cu',
    file: to,
    part: `${to}.part`,
  };
  const beside = await longestBlock();
  await runTask('trace-worker.js', question, { timeLimitMs: 600_000, signal: new AbortController().signal });
  const blockBeside = beside();
  console.log(
    JSON.stringify({
      'raw trace, MB': (await stat(path.join(records, '1.trace'))).size / 1e6,
      'read, ms of processor': t1 - t0,
      'combine, ms of processor': t2 - t1,
      'write .kltrace, ms of processor': t3 - t2,
      'sums, ms of processor': t4 - t3,
      'longest block of the event loop, ms': blockHere,
      'the same by a worker, ms': blockBeside,
      'memory of all that, MB': process.resourceUsage().maxRSS / 1000 - before / 1e6,
      '.kltrace, MB': (await stat(to)).size / 1e6,
    }),
  );
}

/**
 * @param {string} trace
 * @param {any} code
 */
async function showInBrowser(trace, { timelineTexts }) {
  const fill = (/** @type {string} */ text, /** @type {unknown[]} */ ...values) =>
    text.replace(/\{(\d+)\}/g, (_, index) => String(values[index]));
  const texts = timelineTexts({ t: fill });
  const script = await readFile(path.join(root, 'dist/webviews/timeline.js'));
  const bytes = await readFile(trace);
  const browser = await chromium.launch({ executablePath: await ensureBrowser(), args: browserArguments });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.route('http://page.test/**', (route) => {
      const url = route.request().url();
      if (url.endsWith('.js')) return route.fulfill({ body: script, contentType: 'text/javascript' });
      if (url.endsWith('.kltrace')) return route.fulfill({ body: bytes });
      const body = `<main id="root"></main><script>function acquireVsCodeApi() { return { postMessage() {} }; }</script><script src="timeline.js"></script>`;
      return route.fulfill({ body, contentType: 'text/html' });
    });
    await page.goto('http://page.test/');
    return await page.evaluate(measure, texts);
  } finally {
    await browser.close();
  }
}

/**
 * Runs in the page.
 * @param {unknown} texts
 */
async function measure(texts) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
  const median = (/** @type {number[]} */ list) => list.sort((a, b) => a - b)[list.length >> 1] ?? NaN;
  const bytes = new Uint8Array(await (await fetch('http://page.test/a.kltrace')).arrayBuffer());
  const began = performance.now();
  window.postMessage({ data: { bytes, texts } });
  while (document.querySelector('canvas') === null) await new Promise((resolve) => setTimeout(resolve, 1));
  const loaded = performance.now() - began;
  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas'));
  await frame();
  await frame();
  const shown = performance.now() - began;
  /** Time of the page's own work from an action to the end of what it draws for it. */
  const work = async (/** @type {() => void} */ action) => {
    await frame();
    const t0 = performance.now();
    action();
    const t1 = performance.now();
    // Ours was asked for after the page's own: it runs right after it, in the same frame.
    const drawn = await new Promise((resolve) =>
      requestAnimationFrame((start) => resolve(performance.now() - Math.max(start, t1))),
    );
    return t1 - t0 + drawn;
  };
  const key = (/** @type {string} */ name) => () =>
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
  const repeat = async (/** @type {number} */ times, /** @type {() => () => void} */ action) => {
    const list = [];
    for (let index = 0; index < times; index++) list.push(await work(action()));
    return list;
  };
  const result = { 'load, ms': loaded, 'first paint, ms': shown };
  const box = canvas.getBoundingClientRect();
  const mouse = (/** @type {string} */ type, /** @type {number} */ x, /** @type {number} */ y) =>
    canvas.dispatchEvent(
      new PointerEvent(type, {
        clientX: box.left + x,
        clientY: canvas.getBoundingClientRect().top + y,
        pointerId: 1,
        bubbles: true,
      }),
    );
  canvas.setPointerCapture = () => undefined;
  const wheel = (/** @type {number} */ by, /** @type {boolean} */ sideways) => () =>
    canvas.dispatchEvent(
      new WheelEvent('wheel', {
        deltaY: by,
        shiftKey: sideways,
        clientX: box.left + 500,
        clientY: box.top + 40,
        bubbles: true,
        cancelable: true,
      }),
    );
  result['zoom step, all in view, ms'] = median([
    ...(await repeat(9, () => wheel(-4, false))),
    ...(await repeat(9, () => wheel(4, false))),
  ]);
  result['pan step, all in view, ms'] = median(await repeat(15, () => wheel(4, true)));
  key('Home')();
  const zoomed = [];
  for (let step = 0; step < 12; step++) zoomed.push(await work(key('+')));
  result['zoom step, going in, ms'] = median(zoomed);
  result['zoom step, slowest, ms'] = Math.max(...zoomed);
  result['pan step, close, ms'] = median(await repeat(15, () => key('ArrowRight')));
  result['hover, ms'] = median(await repeat(15, () => () => mouse('pointermove', 50 + Math.random() * 900, 40)));
  const click = () => {
    const x = 50 + Math.random() * 900;
    const t0 = performance.now();
    mouse('pointerdown', x, 40);
    mouse('pointerup', x, 40);
    return performance.now() - t0;
  };
  key('Home')();
  await frame();
  result['click, ms'] = median(Array.from({ length: 15 }, click));
  result['click, last record, ms'] = median(
    Array.from({ length: 5 }, () => {
      const t0 = performance.now();
      mouse('pointerdown', canvas.clientWidth - 14, 40);
      mouse('pointerup', canvas.clientWidth - 14, 40);
      return performance.now() - t0;
    }),
  );
  const search = /** @type {HTMLInputElement} */ (document.querySelector('input[type=search]'));
  const type = (/** @type {string} */ text) => () => {
    search.value = text;
    search.dispatchEvent(new Event('input', { bubbles: true }));
  };
  result['search, ms'] = median(await repeat(9, () => type(`kernel${Math.floor(Math.random() * 12)}`)));
  result['page memory, MB'] = /** @type {any} */ (performance).memory?.usedJSHeapSize / 1e6;
  return result;
}
