#!/usr/bin/env node
// Stands in for a tool of NVIDIA's (ncu, compute-sanitizer, nvdisasm: it has the tool's name) where there is none: answers as the
// real one did, at its pace. Beside it are the answers (`recorded.json`), and where their sources are now (`folder.json`).
// A question that was never recorded ends with a message, as a tool that fails would.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { untilLetGo } = require('./hold.cjs');
const { digest, questionOf, readText } = require('./recording.cjs');

const beside = (name) => path.join(__dirname, name);
const tool = path.basename(__filename);
const { key, files, reads, writes } = questionOf(tool, process.argv.slice(2));
const folder = JSON.parse(readFileSync(beside('folder.json'), 'utf8'));
const placed = (text) => text.replaceAll('${folder}', folder);

// A replayed report is a file with the name of the recorded one in it; others are known by their contents.
const report = reads === undefined ? undefined : [readText(reads)?.trim(), digest(reads)];
const answers = JSON.parse(readFileSync(beside('recorded.json'), 'utf8')).filter(
  (each) => each.tool === tool && each.key === key && (report === undefined || report.includes(each.report)),
);
const answer = answers[Math.min(timesAsked(), answers.length - 1)];
if (!answer) {
  console.error(
    `There is no recorded answer of ${tool} to: ${key}${report === undefined ? '' : ` of ${report.join(' or ')}`}`,
  );
  process.exit(1);
}
void play();

async function play() {
  const started = Date.now();
  for (const [index, [at, stream, text]] of answer.chunks.entries()) {
    await new Promise((resolve) => setTimeout(resolve, at - (Date.now() - started)));
    if (index === answer.chunks.length - 1) await untilLetGo();
    process[stream].write(placed(text));
  }
  for (const [name, text] of Object.entries(answer.files ?? {})) {
    if (files[name] && text !== undefined) writeFileSync(files[name], placed(text));
  }
  if (writes !== undefined && answer.report !== undefined) writeFileSync(writes, answer.report);
  process.exitCode = answer.code;
}

function timesAsked() {
  const counts = JSON.parse(readText(beside('asked.json')) ?? '{}');
  const count = counts[key] ?? 0;
  // Pages are read side by side, and the same ones always say the same.
  if (reads === undefined) {
    // Another call never finds half a file.
    const own = beside(`asked-${process.pid}.json`);
    writeFileSync(own, JSON.stringify({ ...counts, [key]: count + 1 }));
    renameSync(own, beside('asked.json'));
  }
  return count;
}
