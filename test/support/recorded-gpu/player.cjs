// Stands in for the GPU runner where no GPU is: answers as a real one did (`recorded-runs.json`, beside this file).
// A question that was never recorded ends the process with a message, as a crash would.
const { existsSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const path = require('node:path');
const { untilLetGo } = require('./hold.cjs');
const { keyOf, fromJson } = require('./recording.cjs');

const recorded = new Map();
for (const { key, answer } of JSON.parse(readFileSync(path.join(__dirname, 'recorded-runs.json'), 'utf8'))) {
  recorded.set(key, [...(recorded.get(key) ?? []), answer]);
}
// What was asked is kept beside this file: an idle runner ends, and the next one goes on where it was.
const counts = path.join(__dirname, 'asked.json');
const asked = new Map(existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : []);

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const key = keyOf(message);
  const answers = recorded.get(key);
  if (!answers) {
    console.error(`There is no recorded answer to: ${key}`);
    process.exit(1);
  }
  const count = asked.get(key) ?? 0;
  asked.set(key, count + 1);
  writeFileSync(counts, JSON.stringify([...asked]));
  void answer(message, answers[Math.min(count, answers.length - 1)]);
});

async function answer(message, recorded) {
  if (message.type === 'run') {
    await untilLetGo();
    process.send({ type: 'launching', id: message.id });
    writeSync(1, message.job.marker);
  }
  process.send(fromJson(recorded, message.id));
}
