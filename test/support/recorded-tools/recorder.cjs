#!/usr/bin/env node
// Stands in for a tool of NVIDIA's (ncu, compute-sanitizer, nvdisasm: it has the tool's name) on a machine with a GPU: calls the
// real one, which PATH names, and leaves what it answered in KERNEL_LENS_TOOL_RECORDING, a file a call, for player.cjs.
// KERNEL_LENS_RECORDED_FOLDER, where the sources are, is left out of the answers.
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { digest, questionOf, readText } = require('./recording.cjs');

const { KERNEL_LENS_TOOL_RECORDING: recording, KERNEL_LENS_RECORDED_FOLDER: folder } = process.env;
if (!recording || !folder) throw new Error('KERNEL_LENS_TOOL_RECORDING and KERNEL_LENS_RECORDED_FOLDER name folders');

const tool = path.basename(__filename);
const args = process.argv.slice(2);
const { key, files, reads, writes } = questionOf(tool, args);
const plain = (text) => text?.replaceAll(folder, '${folder}');
const started = Date.now();
const chunks = [];

const real = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'] });
for (const stream of ['stdout', 'stderr']) {
  real[stream].setEncoding('utf8').on('data', (text) => {
    chunks.push([Date.now() - started, stream, plain(text)]);
    process[stream].write(text);
  });
}
real.on('close', (code) => {
  const answer = { tool, key, code, chunks };
  const written = Object.entries(files).map(([name, file]) => [name, plain(readText(file))]);
  if (written.length > 0) answer.files = Object.fromEntries(written);
  // A report is known by its contents, also after it was copied.
  if (writes !== undefined) answer.report = digest(writes);
  if (reads !== undefined) answer.report = digest(reads);
  writeFileSync(path.join(recording, `${started}-${process.pid}.json`), JSON.stringify(answer));
  process.exit(code ?? 1);
});
