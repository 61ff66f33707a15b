/** The user's nvcc flags, as far as they mean something to a C++ compiler. */
import path from 'node:path';

export interface UserFlags {
  /** Folders of `-I` and `-isystem`, absolute, in order. */
  readonly includeFolders: readonly string[];
  /** What is passed on to the compiler besides them. */
  readonly compile: readonly string[];
  readonly link: readonly string[];
  /** `c++17` or newer: the headers need that much. */
  readonly standard: string;
}

const folderFlags = ['-isystem', '--include-path', '-iquote', '-idirafter', '-I'];
const newStandards = new Map([
  ['c++17', 'c++17'],
  ['gnu++17', 'gnu++17'],
  ['c++20', 'c++20'],
  ['gnu++20', 'gnu++20'],
  ['c++23', 'c++23'],
]);

/** Sorts the flags; relative folders are relative to `folder`. Flags that only nvcc knows fall away. */
export function parseFlags(flags: readonly string[], folder: string): UserFlags {
  const includeFolders: string[] = [];
  const compile: string[] = [];
  const link: string[] = [];
  let standard = 'c++17';
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] ?? '';
    const folderFlag = folderFlags.find((name) => flag === name || flag.startsWith(name));
    if (folderFlag !== undefined) {
      const value = flag === folderFlag ? (flags[++i] ?? '') : flag.slice(folderFlag.length).replace(/^=/, '');
      if (value !== '') includeFolders.push(path.resolve(folder, value));
    } else if (flag === '-D' || flag === '-U' || flag === '-include') {
      const value = flags[++i];
      if (value !== undefined) compile.push(flag, value);
    } else if (/^-[DU]./.test(flag)) {
      compile.push(flag);
    } else if (/^(?:-std|--std)(?:=|$)/.test(flag)) {
      const value = flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : (flags[++i] ?? '');
      standard = newStandards.get(value) ?? standard;
    } else if (flag === '-Xcompiler' || flag === '--compiler-options' || flag.startsWith('-Xcompiler=')) {
      const value = flag.startsWith('-Xcompiler=') ? flag.slice('-Xcompiler='.length) : (flags[++i] ?? '');
      compile.push(...value.split(',').filter((option) => /^-[fmDU]/.test(option)));
    } else if (/^-[lL]./.test(flag) && !/^-l(?:cu|nv|npp|ineinfo)/.test(flag)) {
      link.push(flag);
    }
  }
  return { includeFolders, compile, link, standard };
}
