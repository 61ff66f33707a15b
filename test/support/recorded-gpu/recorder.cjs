// Stands in for the GPU runner on a machine with a GPU: passes everything on to the real one beside it
// (`gpu-runner-real.js`) and adds what it answered to the file in KERNEL_LENS_RECORDING, for player.cjs.
const { fork } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { keyOf, toJson } = require('./recording.cjs');

const file = process.env.KERNEL_LENS_RECORDING;
if (!file) throw new Error('KERNEL_LENS_RECORDING names the file to write');

const answers = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
const questions = new Map();
const real = fork(path.join(__dirname, 'gpu-runner-real.js'), process.argv.slice(2), {
  execArgv: [],
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  serialization: 'advanced',
});

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  questions.set(message.id, message);
  real.send(message);
});
real.on('message', (message) => {
  const question = questions.get(message.id);
  if (question && message.type !== 'launching') {
    answers.push({ key: keyOf(question), answer: toJson(message) });
    writeFileSync(file, `[\n${answers.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
  }
  process.send?.(message);
});
real.on('exit', (code) => process.exit(code ?? 1));
