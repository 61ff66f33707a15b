/**
 * From the click to the number: the real server over stdio, beside what it stands for (`nvcc file.cu && ncu ./a.out`,
 * `nvcc -cubin`), all in one run on a machine with a GPU.
 *
 *   node test/bench/latency.bench.mjs [file.cu kernel] [--rounds 5]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const option = process.argv.indexOf('--rounds');
const rounds = option < 0 ? 5 : Number(process.argv[option + 1]);
const [file = path.join(root, 'test/gpu/kernels/vector_add.cu'), kernel = 'vectorAdd'] =
  option < 0 ? words : words.slice(0, -1);
const text = readFileSync(file, 'utf8');
const folder = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-latency-'));
const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A language client of the few messages that are needed. */
class Client {
  #process;
  #buffer = Buffer.alloc(0);
  #answers = new Map();
  #next = 1;
  #version = 1;

  constructor(cacheDirectory) {
    this.cacheDirectory = cacheDirectory;
    this.#process = spawn(process.execPath, [path.join(root, 'dist/server.js'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process.stdout.on('data', (data) => this.#read(data));
  }

  async open() {
    await this.request('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: { trusted: true, cacheDirectory: this.cacheDirectory },
    });
    this.notify('initialized', {});
    const uri = pathToFileURL(file).href;
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'cuda-cpp', version: 1, text } });
  }

  change(newText) {
    const textDocument = { uri: pathToFileURL(file).href, version: ++this.#version };
    this.notify('textDocument/didChange', { textDocument, contentChanges: [{ text: newText }] });
  }

  /** Milliseconds, and the result. */
  async run() {
    const started = performance.now();
    const result = await this.request('kernelLens/runKernel', { uri: pathToFileURL(file).href, kernel });
    if (result.status !== 'ok') throw new Error(result.message);
    return { elapsed: performance.now() - started, result };
  }

  request(method, params) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#send({ jsonrpc: '2.0', id, method, params });
    });
  }

  notify(method, params) {
    this.#send({ jsonrpc: '2.0', method, params });
  }

  async close() {
    await this.request('shutdown', null);
    this.notify('exit', null);
    await new Promise((resolve) => this.#process.on('exit', resolve));
  }

  #send(message) {
    const body = JSON.stringify(message);
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #read(data) {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      const length = /Content-Length: (\d+)/i.exec(this.#buffer.subarray(0, Math.max(0, end)).toString())?.[1];
      if (end < 0 || length === undefined || this.#buffer.length < end + 4 + Number(length)) return;
      const message = JSON.parse(this.#buffer.subarray(end + 4, end + 4 + Number(length)).toString());
      this.#buffer = this.#buffer.subarray(end + 4 + Number(length));
      if (message.method !== undefined && message.id !== undefined) {
        this.#send({ jsonrpc: '2.0', id: message.id, result: null });
      } else if (message.id !== undefined) {
        const waiting = this.#answers.get(message.id);
        if (message.error === undefined) waiting?.resolve(message.result);
        else waiting?.reject(new Error(message.error.message));
      }
    }
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const rows = [];
function row(name, values, builds = []) {
  rows.push({ name, value: median(values), build: median(builds), samples: values.length });
}

function timed(command, args) {
  const started = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: 'ignore' });
  return status === 0 && error === undefined ? performance.now() - started : undefined;
}

/** An edit that changes the object code: the first `+` or `*` of the kernel's line of work. */
const edited = (round) => text.replace(/\n\}/, `\n    if (blockIdx.y == ${round + 1}) return;\n}`);

async function serverRounds() {
  const cold = [];
  const coldBuild = [];
  for (let round = 0; round < Math.min(3, rounds); round++) {
    const client = new Client(mkdtempSync(path.join(folder, 'cache-')));
    const started = performance.now();
    await client.open();
    const { result } = await client.run();
    cold.push(performance.now() - started);
    coldBuild.push(result.buildTime);
    await client.close();
  }
  row('cold: server, runner and build', cold, coldBuild);

  const client = new Client(mkdtempSync(path.join(folder, 'cache-')));
  await client.open();
  await client.run();
  const unchanged = [];
  for (let round = 0; round < rounds; round++) unchanged.push((await client.run()).elapsed);
  row('warm, text unchanged', unchanged, [0]);
  // As long as it takes to type the next edit.
  await rest(3000);
  const warm = [];
  const builds = [];
  for (let round = 0; round < rounds; round++) {
    client.change(edited(round));
    await rest(2500);
    const { elapsed, result } = await client.run();
    warm.push(elapsed);
    builds.push(result.buildTime);
  }
  row('warm, text edited', warm, builds);
  await client.close();
}

function tools() {
  const source = path.join(folder, 'program.cu');
  writeFileSync(source, text);
  const program = path.join(folder, 'a.out');
  const arch = '-arch=native';
  const cubin = [];
  const nvcc = [];
  const ncu = [];
  for (let round = 0; round < rounds; round++) {
    cubin.push(timed('nvcc', ['-cubin', arch, '-lineinfo', source, '-o', path.join(folder, 'k.cubin')]));
    nvcc.push(timed('nvcc', [arch, source, '-o', program]));
    ncu.push(timed('ncu', [program]));
  }
  const known = (values) => values.filter((value) => value !== undefined);
  row('nvcc -cubin', known(cubin));
  row('nvcc file.cu -o a.out', known(nvcc));
  row('ncu ./a.out', known(ncu));
  row(
    'nvcc file.cu && ncu ./a.out',
    known(nvcc.map((value, index) => value + ncu[index])).filter((value) => !Number.isNaN(value)),
  );
}

try {
  tools();
  await serverRounds();
  const yardstick = rows.find(({ name }) => name.includes('&& ncu'))?.value ?? NaN;
  console.log(`${path.basename(file)}, ${kernel}; milliseconds, medians`);
  for (const { name, value, build, samples } of rows) {
    const of = Number.isNaN(build) ? '' : `  (build ${build.toFixed(0)})`;
    console.log(
      `  ${name.padEnd(34)} ${value.toFixed(0).padStart(6)}  ${(value / yardstick).toFixed(2)} × nvcc && ncu  n=${samples}${of}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
