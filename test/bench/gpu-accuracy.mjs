// How true and how steady the reported time is, on this machine's GPU, all in one run: for each kernel of
// accuracy/kernels.cu, from under 2 µs to 50 ms,
//   ours    the median that `kernel-lens run` reports, in fresh processes, and the spread of these medians
//   events  what it reports when it has to time with events, because another tool uses CUPTI
//   CUPTI   that other tool: activity records of exactly those launches
//   ncu     Nsight Compute's gpu__time_duration of its launches, clocks left alone
//   NVBench its cold GPU time (mean, as it reports), and the spread of that over as many processes
// Spread is (largest − smallest) ÷ median. Ends with 1 when a reported time is more than 3 % and 50 ns from CUPTI's.
//
//   node test/bench/gpu-accuracy.mjs [--cli dist/cli.js] [--cuda /usr/local/cuda] [--runs 5] [--nvbench PROGRAM] [--json FILE]
//
// PROGRAM is accuracy/nvbench.cu built against NVBench: nvcc -arch=native -std=c++17 -I…/nvbench nvbench.cu -lnvbench.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    cli: { type: 'string', default: path.resolve(here, '../../dist/cli.js') },
    cuda: { type: 'string', default: process.env.CUDA_PATH ?? '/usr/local/cuda' },
    runs: { type: 'string', default: '5' },
    nvbench: { type: 'string' },
    json: { type: 'string' },
  },
});
const runs = Number(values.runs);
const source = path.join(here, 'accuracy/kernels.cu');
const kernels = [...readFileSync(source, 'utf8').matchAll(/__global__ void (\w+)/g)].map(([, name]) => name);
const tolerance = { relative: 0.03, us: 0.05 };
const folder = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-accuracy-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const injection = path.join(folder, 'libcupti-times.so');
const libraries = ['lib64', 'extras/CUPTI/lib64'].map((name) => path.join(values.cuda, name));
execFileSync('g++', [
  ...['-O2', '-shared', '-fPIC', path.join(here, 'cupti-times.cpp'), '-o', injection],
  ...['include', 'extras/CUPTI/include'].map((name) => `-I${path.join(values.cuda, name)}`),
  ...libraries.flatMap((library) => [`-L${library}`, `-Wl,-rpath,${library}`]),
  '-lcupti',
]);

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length === 0 ? NaN : (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

const spread = (numbers) => (Math.max(...numbers) - Math.min(...numbers)) / median(numbers);
const commandFor = (kernel) => [values.cli, 'run', source, '--kernel', kernel, '--device', 'gpu', '--format', 'json'];

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 2 ** 28 });
  if (result.error) throw result.error;
  return result.stdout;
}

function reported(kernel, env = {}) {
  const stdout = run(process.execPath, commandFor(kernel), env);
  const result = JSON.parse(stdout.slice(stdout.indexOf('{')));
  if (result.status !== 'ok') throw new Error(`${kernel}: ${result.status}: ${result.message}`);
  return result.time;
}

/** Microseconds by an injected CUPTI of the launches that the events timed: the last ones; warm-up came before. */
function watched(kernel) {
  const times = path.join(folder, `${kernel}.txt`);
  const time = reported(kernel, { CUDA_INJECTION64_PATH: injection, KERNEL_TIMES_FILE: times });
  const records = existsSync(times) ? readFileSync(times, 'utf8').trim().split('\n') : [];
  // A record that was flushed while its kernel still ran has no end.
  const own = records
    .filter((line) => line.includes(kernel))
    .map((line) => Number(line.split(' ').pop()) / 1000)
    .filter((time) => time > 0);
  return { events: time.median, clock: time.clock, cupti: median(own.slice(-time.samples)) };
}

function byNcu(kernel) {
  const csv = run('ncu', [
    ...['--target-processes', 'all', '--clock-control', 'none', '--metrics', 'gpu__time_duration.sum', '--csv'],
    ...['--print-units', 'base', '--kernel-name', `regex:${kernel}`, '--launch-skip', '3', '--launch-count', '20'],
    process.execPath,
    ...commandFor(kernel),
  ]);
  const found = [...csv.matchAll(/"gpu__time_duration\.sum","[^"]*","([\d.,]+)"/g)];
  return median(found.map(([, text]) => Number(text.replaceAll(',', '')) / 1000));
}

/** Kernel → microseconds, one for each process. */
function byNvbench() {
  const times = new Map(kernels.map((kernel) => [kernel, []]));
  for (let index = 0; values.nvbench !== undefined && index < runs; index++) {
    const file = path.join(folder, `nvbench-${index}.json`);
    run(values.nvbench, ['--devices', '0', '--json', file]);
    for (const { name, states } of JSON.parse(readFileSync(file, 'utf8')).benchmarks) {
      const mean = states[0].summaries.find(({ tag }) => tag === 'nv/cold/time/gpu/mean');
      times.get(name)?.push(1e6 * Number(mean.data[0].value));
    }
  }
  return times;
}

const nvbench = byNvbench();
const rows = [];
const header = ['kernel', 'ours', '±%', 'clock', 'CUPTI', 'ours/CUPTI', 'events', 'ev/CUPTI', 'ncu', 'ours/ncu'];
header.push('NVBench', 'nvb/CUPTI', 'spread%', 'nvb spread%');
const widths = [13, 10, 5, 8, 10, 10, 10, 8, 10, 8, 10, 9, 8, 11];
const line = (cells) =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(13) : cell.padStart(widths[index]))).join(' ');
console.log(line(header));
for (const kernel of kernels) {
  const times = Array.from({ length: runs }, () => reported(kernel));
  const ours = times.map((time) => time.median);
  const { events, cupti } = watched(kernel);
  const row = {
    kernel,
    ours: median(ours),
    error: median(times.map((time) => time.relativeError)),
    clock: times[0].clock,
    cupti,
    events,
    ncu: byNcu(kernel),
    nvbench: median(nvbench.get(kernel)),
    spread: spread(ours),
    nvbenchSpread: spread(nvbench.get(kernel)),
    medians: ours,
  };
  rows.push(row);
  const us = (time) => time.toFixed(time < 100 ? 3 : 1);
  const ratio = (a, b) => (a / b).toFixed(3);
  console.log(
    line([
      ...[kernel, us(row.ours), (100 * row.error).toFixed(2), row.clock, us(cupti), ratio(row.ours, cupti), us(events)],
      ...[ratio(events, cupti), us(row.ncu), ratio(row.ours, row.ncu), us(row.nvbench), ratio(row.nvbench, cupti)],
      ...[(100 * row.spread).toFixed(2), (100 * row.nvbenchSpread).toFixed(2)],
    ]),
  );
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows, null, 2));
const wrong = rows.filter(({ ours, cupti }) => {
  return !(Math.abs(ours - cupti) <= Math.max(tolerance.us, tolerance.relative * cupti));
});
console.log(`median spread: ours ${(100 * median(rows.map((row) => row.spread))).toFixed(3)} %`);
if (values.nvbench !== undefined) {
  console.log(`median spread: NVBench ${(100 * median(rows.map((row) => row.nvbenchSpread))).toFixed(3)} %`);
}
console.log(
  wrong.length === 0 ? 'every time agrees with CUPTI' : `off: ${wrong.map(({ kernel }) => kernel).join(', ')}`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
