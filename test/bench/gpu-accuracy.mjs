// Compares the time that Kernel Lens reports with CUPTI's activity records of the very same launches and with Nsight
// Compute's gpu__time_duration, on this machine's GPU. Ends with 1 when a kernel is more than 3 % from CUPTI.
//
//   node test/bench/gpu-accuracy.mjs [--cli dist/cli.js] [--cuda /usr/local/cuda]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    cli: { type: 'string', default: path.resolve(here, '../../dist/cli.js') },
    cuda: { type: 'string', default: process.env.CUDA_PATH ?? '/usr/local/cuda' },
  },
});
const kernels = [
  ['vector_add.cu', 'vectorAdd'],
  ['sgemm.cu', 'sgemm'],
  ['reduction.cu', 'reduceSum'],
  ['stencil.cu', 'stencil5'],
  ['template_scale.cu', 'math::scale'],
  ['short.cu', 'medium'],
  ['short.cu', 'tiny'],
];
const tolerance = 0.03;
const folder = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-accuracy-'));

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
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

function commandFor(file, kernel) {
  return [
    values.cli,
    'run',
    path.join(here, '../gpu/kernels', file),
    '--kernel',
    kernel,
    '--device',
    'gpu',
    '--format',
    'json',
  ];
}

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 2 ** 28 });
  if (result.error) throw result.error;
  return result.stdout;
}

function reported(stdout) {
  const result = JSON.parse(stdout.slice(stdout.indexOf('{\n') < 0 ? stdout.indexOf('{') : stdout.indexOf('{\n')));
  if (result.status !== 'ok') throw new Error(`${result.status}: ${result.message}`);
  return result;
}

const short = (kernel) => kernel.split('::').pop();
let worst = 0;
console.log('kernel          events(us)  +-%   | same launches: events  CUPTI   diff%  | ncu');
for (const [file, kernel] of kernels) {
  const alone = reported(run(process.execPath, commandFor(file, kernel))).time;

  const times = path.join(folder, `${short(kernel)}.txt`);
  const env = { CUDA_INJECTION64_PATH: injection, KERNEL_TIMES_FILE: times };
  const watched = reported(run(process.execPath, commandFor(file, kernel), env)).time;
  const records = existsSync(times) ? readFileSync(times, 'utf8').trim().split('\n') : [];
  const own = records
    .filter((line) => line.includes(short(kernel)))
    .map((line) => Number(line.split(' ').pop()) / 1000);
  // The samples are the last launches; warm-up came before them.
  const cupti = own.length > 0 ? median(own.slice(-watched.samples)) : NaN;

  const csv = run('ncu', [
    ...['--target-processes', 'all', '--clock-control', 'none', '--metrics', 'gpu__time_duration.sum', '--csv'],
    ...[
      '--print-units',
      'base',
      '--kernel-name',
      `regex:${short(kernel)}`,
      '--launch-skip',
      '3',
      '--launch-count',
      '30',
    ],
    process.execPath,
    ...commandFor(file, kernel),
  ]);
  const durations = [...csv.matchAll(/"gpu__time_duration\.sum","[^"]*","([\d.,]+)"/g)].map(
    ([, text]) => Number(text.replaceAll(',', '')) / 1000,
  );
  const ncu = durations.length > 0 ? median(durations) : NaN;

  const difference = watched.median / cupti - 1;
  if (cupti > 10) worst = Math.max(worst, Math.abs(difference) || 0);
  console.log(
    `${short(kernel).padEnd(12)} ${alone.median.toFixed(2).padStart(10)} ${(100 * alone.relativeError).toFixed(2).padStart(6)}   | ` +
      `${watched.median.toFixed(2).padStart(18)} ${cupti.toFixed(2).padStart(8)} ${(100 * difference).toFixed(2).padStart(6)}  | ${ncu.toFixed(2)} (${durations.length})`,
  );
}
rmSync(folder, { recursive: true, force: true });
console.log(`worst difference from CUPTI above 10 us: ${(100 * worst).toFixed(2)} %`);
process.exitCode = worst > tolerance ? 1 : 0;
