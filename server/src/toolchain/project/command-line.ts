/** Command lines of a compilation database, reduced to what nvcc needs to compile another text the same way. Pure. */
import path from 'node:path';

/** Flags of one file, as a project gives them. */
export interface ProjectFlags {
  /** nvcc arguments without the architecture; paths are absolute. */
  readonly flags: readonly string[];
  /** The architecture arguments as written (`-gencode`, `-arch`, …), for a whole compilation. */
  readonly architectureFlags: readonly string[];
  /** The real architectures in them, `sm_90` and the like, in order. `native` stays `native`. */
  readonly architectures: readonly string[];
}

export interface ResponseFileReader {
  /** Text of a response file, or undefined if it cannot be read. */
  (file: string): string | undefined;
}

/** Options with a value in the next word that say nothing about how to compile. */
const droppedWithValue = new Set([
  '-o',
  '--output-file',
  '-odir',
  '-MF',
  '-MT',
  '-MQ',
  '--dependency-output',
  '-x',
  '--x',
  '-dumpbase',
  '-dumpdir',
]);
const dropped = new Set([
  '-c',
  '-dc',
  '-dw',
  '--compile',
  '--device-c',
  '--device-w',
  '-E',
  '-S',
  '-M',
  '-MM',
  '-MD',
  '-MMD',
  '-MP',
  '-ptx',
  '--ptx',
  '-cubin',
  '--cubin',
  '-fatbin',
  '--fatbin',
  '-lib',
  '--lib',
  '-link',
  '--link',
  '-run',
  '--run',
  '--keep',
  '-keep',
  '--dryrun',
  '-dryrun',
  '-v',
  '--verbose',
  '-w',
  '--generate-dependencies',
  '--generate-dependencies-with-compile',
  '-time',
  '--ptxas-options=-v',
  '-Xptxas=-v',
  '--resource-usage',
  '-res-usage',
  '-save-temps',
  '--threads',
  '-t0',
]);
/** Options whose value is a path, in the next word or behind `=` or right behind a short name. */
const pathOptions = [
  '-I',
  '-isystem',
  '-iquote',
  '-include',
  '-L',
  '--include-path',
  '--system-include',
  '--pre-include',
  '-ccbin',
  '--compiler-bindir',
  '-imacros',
];
const architectureOptions = new Set([
  '-arch',
  '--gpu-architecture',
  '-gencode',
  '--generate-code',
  '-code',
  '--gpu-code',
]);
/** clang's options that nvcc does not know; a database made for clang is used without them. */
const clangOnly =
  /^(?:--cuda-path=|--cuda-gpu-arch=|--offload-arch=|-x$|-Wno-unknown-cuda-version|--no-cuda|-fcuda|-nocuda|--target=|-resource-dir)/;

export interface DatabaseEntry {
  readonly directory: string;
  readonly file: string;
  readonly command?: string;
  readonly arguments?: readonly string[];
}

/** The words of an entry's command, the compiler first, response files put in place. */
export function wordsOf(entry: DatabaseEntry, readResponseFile: ResponseFileReader): string[] {
  const words = entry.arguments ?? splitCommand(entry.command ?? '');
  return expandResponseFiles(words, entry.directory, readResponseFile, 0);
}

/** Splits a POSIX command line; backslashes keep their meaning in Windows paths where they escape nothing. */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < command.length; i++) {
    const c = command[i] ?? '';
    if (quote === undefined && /\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === undefined && (c === '"' || c === "'")) {
      quote = c;
      word ??= '';
    } else if (c === quote) {
      quote = undefined;
    } else if (c === '\\' && quote !== "'" && /["'\\\s$]/.test(command[i + 1] ?? '')) {
      word = (word ?? '') + (command[++i] ?? '');
    } else {
      word = (word ?? '') + c;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

const maxResponseDepth = 8;

function expandResponseFiles(
  words: readonly string[],
  directory: string,
  read: ResponseFileReader,
  depth: number,
): string[] {
  const expanded: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const named =
      word === '--options-file' || word === '-optf'
        ? words[++i]
        : (/^(?:--options-file|-optf)=(.+)$/.exec(word)?.[1] ?? (word.startsWith('@') ? word.slice(1) : undefined));
    const text = named === undefined || depth >= maxResponseDepth ? undefined : read(path.resolve(directory, named));
    if (text !== undefined) expanded.push(...expandResponseFiles(splitCommand(text), directory, read, depth + 1));
    else if (named === undefined) expanded.push(word);
  }
  return expanded;
}

/** What is left of a command line when the compiler, the file, the outputs and the step are taken away. */
export function projectFlags(entry: DatabaseEntry, readResponseFile: ResponseFileReader): ProjectFlags {
  const [compiler = '', ...words] = wordsOf(entry, readResponseFile);
  const isNvcc = /(?:^|[\\/])nvcc(?:\.exe)?$/i.test(compiler);
  const source = path.resolve(entry.directory, entry.file);
  const flags: string[] = [];
  const architectureFlags: string[] = [];
  const architectures: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (droppedWithValue.has(word)) i++;
    else if (dropped.has(word) || /^(?:-o.+|--output-file=|-MF.+|-x=|--threads=|-t\d+$)/.test(word)) continue;
    else if (!word.startsWith('-') && path.resolve(entry.directory, word) === source) continue;
    else if (isArchitecture(word)) {
      const value = word.includes('=') ? word : `${word}=${words[++i] ?? ''}`;
      architectureFlags.push(value);
      architectures.push(...architecturesIn(value));
    } else if (!isNvcc && clangOnly.test(word)) {
      const arch = /^--(?:cuda-gpu|offload)-arch=(sm_\w+)$/.exec(word)?.[1];
      if (arch !== undefined) {
        architectureFlags.push(`-arch=${arch}`);
        architectures.push(arch);
      }
    } else if (!isNvcc && /^-(?:[fmW]|pthread)/.test(word)) {
      // Another compiler's options reach nvcc's host compiler only if they are passed on to it.
      if (/^-[fmW]/.test(word) && !word.startsWith('-Wno-')) flags.push('-Xcompiler', word);
    } else {
      const [option, value, joined] = pathOptionIn(word, words[i + 1]);
      if (option === undefined) {
        flags.push(word);
        continue;
      }
      if (!joined) i++;
      // `-I dir` in two words is what every compiler takes.
      flags.push(option, absolutePath(option, value, entry.directory));
    }
  }
  return { flags, architectureFlags, architectures: [...new Set(architectures)] };
}

function isArchitecture(word: string): boolean {
  return architectureOptions.has(word.split('=', 1)[0] ?? '');
}

/** `-gencode=arch=compute_90,code=[compute_90,sm_90]` → `sm_90`. */
function architecturesIn(value: string): string[] {
  if (/=native$/.test(value)) return ['native'];
  const real = [...value.matchAll(/\b(?:sm|lto)_(\d+[af]?)\b/g)].map((match) => `sm_${match[1]}`);
  if (real.length > 0) return real;
  return [...value.matchAll(/\bcompute_(\d+[af]?)\b/g)].map((match) => `sm_${match[1]}`);
}

function pathOptionIn(word: string, next: string | undefined): [string | undefined, string, boolean] {
  for (const option of pathOptions) {
    if (word === option) return [option, next ?? '', false];
    if (word.startsWith(`${option}=`)) return [option, word.slice(option.length + 1), true];
    if (option.length === 2 && word.startsWith(option)) return [option, word.slice(2), true];
    if ((option === '-isystem' || option === '-iquote') && word.startsWith(option))
      return [option, word.slice(option.length), true];
  }
  return [undefined, '', false];
}

function absolutePath(option: string, value: string, directory: string): string {
  // A host compiler may be a name to be found on PATH.
  if ((option === '-ccbin' || option === '--compiler-bindir') && !/[\\/]/.test(value)) return value;
  return path.resolve(directory, value);
}
