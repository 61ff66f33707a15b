// What recorder.cjs and player.cjs share: how a call of a tool is told from others, and the files that come with its answer.
const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');

/** Value of an option of ncu and compute-sanitizer. */
function valueOf(args, option) {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}

/** The launch of a kernel by Kernel Lens's own process, or a program with its arguments. */
function launchedBy(args) {
  const script = args.findIndex((each) => path.basename(each) === 'gpu-once.js');
  if (script < 0) return { text: 'a program' };
  const jobFile = args[script + 1];
  const { symbol, grid, block, sharedBytes } = JSON.parse(readFileSync(jobFile, 'utf8'));
  return { text: `${symbol} <<<${grid.join('x')}, ${block.join('x')}, ${sharedBytes}>>>`, jobFile };
}

/** Code alone: what else is in a cubin depends on the folder where it was built. */
function codeOf(cubin) {
  const elf = readFileSync(cubin);
  const at = Number(elf.readBigUInt64LE(0x28));
  const [size, count, names] = [0x3a, 0x3c, 0x3e].map((offset) => elf.readUInt16LE(offset));
  const section = (index) => {
    const header = at + index * size;
    const [start, length] = [0x18, 0x20].map((offset) => Number(elf.readBigUInt64LE(header + offset)));
    return { name: elf.readUInt32LE(header), bytes: elf.subarray(start, start + length) };
  };
  const strings = section(names).bytes;
  const hash = createHash('sha256');
  for (let index = 0; index < count; index++) {
    const { name, bytes } = section(index);
    const title = strings.toString('latin1', name, strings.indexOf(0, name));
    if (title.startsWith('.text.')) hash.update(title).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * What is asked, without the paths in it; which files the tool writes, by name; and of ncu the report that is read.
 * The same question asked again gets the next recorded answer, the last one for ever.
 */
function questionOf(tool, args) {
  if (tool === 'nvdisasm') return { key: `nvdisasm ${codeOf(args.at(-1))}`, files: {} };
  if (tool === 'compute-sanitizer') {
    const { text, jobFile } = launchedBy(args);
    const files = { log: valueOf(args, '--log-file'), xml: valueOf(args, '--save') };
    if (jobFile) files.memory = `${jobFile}.memory`;
    return { key: `${valueOf(args, '--tool')} of ${text}`, files };
  }
  const report = valueOf(args, '--import');
  if (report !== undefined) return { key: `page ${valueOf(args, '--page')}`, files: {}, reads: report };
  const set = valueOf(args, '--set') === 'full' ? ', all sections' : '';
  const launches = ['--kernel-name', '--launch-skip', '--launch-count']
    .map((option) => [option, valueOf(args, option)])
    .flatMap(([option, value]) => (value === undefined ? [] : [`, ${option} ${value}`]));
  const key = `profile of ${launchedBy(args).text}${set}${launches.join('')}`;
  return { key, files: {}, writes: `${valueOf(args, '--export')}.ncu-rep` };
}

const readText = (file) => (file && existsSync(file) ? readFileSync(file, 'utf8') : undefined);

function digest(file) {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16) : undefined;
}

module.exports = { digest, questionOf, readText };
