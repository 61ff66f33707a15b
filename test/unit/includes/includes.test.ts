/** Included files on disk and in editors. */
import { mkdtemp, rm, utimes, writeFile, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildModel, kernelOf, type Evaluated } from '../../../server/src/analysis';
import { definedMacros, includeFolders, Includes } from '../../../server/src/includes';
import { silentLog } from '../../../server/src/log';
import { sharedParser } from '../analysis/support';

interface Project {
  readonly folder: string;
  readonly includes: Includes;
  readonly open: Map<string, string>;
  /** Grid of the first launch in `name`, and the kernel it means. */
  readonly grid: (name: string, folders?: readonly string[]) => Promise<Evaluated>;
  readonly kernel: (name: string) => Promise<string | undefined>;
  readonly write: (name: string, text: string) => Promise<void>;
}

async function project(files: Record<string, string>): Promise<Project> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-includes-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const parser = await sharedParser();
  const open = new Map<string, string>();
  const includes = new Includes(parser, silentLog, () => open);
  const texts = new Map<string, string>();
  const write = async (name: string, text: string): Promise<void> => {
    const file = path.join(folder, name);
    texts.set(name, text);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    // The clock of the file system may be coarser than the test is fast.
    const time = new Date(2020, 0, 1, 0, 0, texts.size + text.length);
    await utimes(file, time, time);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const model = async (name: string, folders: readonly string[] = []) => {
    const document = parser.parse(texts.get(name)!);
    onTestFinished(() => document.dispose());
    return buildModel(document, await includes.of(path.join(folder, name), document, folders));
  };
  return {
    folder,
    includes,
    open,
    write,
    grid: async (name, folders) => (await model(name, folders)).launches[0]!.grid.x,
    kernel: async (name) => {
      const read = await model(name);
      const kernel = kernelOf(read, read.launches[0]!);
      const place = kernel && includes.locate(kernel.nameSpan.start);
      return place && `${path.relative(folder, place.file)}:${place.text.slice(place.offset, place.offset + 3)}`;
    },
  };
}

const launch = 'void f(float* p) { run<<<SIZE, 32>>>(p); }\n';
const kernel = '__global__ void run(float* p) { p[threadIdx.x] = 0; }\n';
const known = (value: bigint): Evaluated => ({ known: true, value });

describe('included files', () => {
  it('are found beside the file, beside each other and in the folders of -I', async () => {
    const {
      grid,
      kernel: where,
      folder,
    } = await project({
      'a.cu': `#include "sub/k.cuh"\n#include "elsewhere.h"\n#include <cstdio>\n${launch}`,
      'sub/k.cuh': `#pragma once\n#include "deep.h"\n${kernel}`,
      'sub/deep.h': '#include "k.cuh"\n',
      'inc/elsewhere.h': '#define SIZE 7\n',
    });
    expect(await where('a.cu')).toBe(`${path.join('sub', 'k.cuh')}:run`);
    expect((await grid('a.cu')).known).toBe(false);
    expect(await grid('a.cu', [path.join(folder, 'inc')])).toEqual(known(7n));
  });

  it('are read again when they change, from the editor where one has them open', async () => {
    const { grid, write, open, folder, includes } = await project({
      'a.cu': `#include "size.h"\n${launch}`,
      'size.h': '#define SIZE 1\n',
    });
    const header = path.join(folder, 'size.h');
    expect(await grid('a.cu')).toEqual(known(1n));
    await write('size.h', '#define SIZE 22\n');
    expect(await grid('a.cu')).toEqual(known(22n));
    open.set(header, '#define SIZE 333\n');
    expect(await grid('a.cu')).toEqual(known(333n));
    open.delete(header);
    expect(await grid('a.cu')).toEqual(known(22n));
    expect(includes.reaches(path.join(folder, 'a.cu'), header)).toBe(true);
    expect(includes.reaches(header, path.join(folder, 'a.cu'))).toBe(false);
  });

  it('stay the same object as long as nothing changes', async () => {
    const { includes, folder } = await project({ 'a.cu': '#include "size.h"\n', 'size.h': '#define SIZE 1\n' });
    const document = (await sharedParser()).parse('#include "size.h"\n');
    const ask = () => includes.of(path.join(folder, 'a.cu'), document, []);
    expect(await ask()).toBe(await ask());
    document.dispose();
  });

  it('are not those of a toolkit, nor the file itself, nor what is too large', async () => {
    const { grid, folder } = await project({
      'a.cu': `#include <settings.h>\n#include "a.cu"\n#include "large.h"\n${launch}`,
      'toolkit/cuda_runtime.h': '',
      'toolkit/settings.h': '#define SIZE 1\n',
      'large.h': `#define SIZE 2\n${'// filler\n'.repeat(40_000)}`,
    });
    expect((await grid('a.cu', [path.join(folder, 'toolkit')])).known).toBe(false);
  });
});

describe('include folders', () => {
  it('are those of -I in each spelling', () => {
    const flags = ['-I', 'a', '-Ib', '--include-path', 'c,d', '--include-path=e', '-isystem', 'f', '-DX', '-Ia'];
    const folders = includeFolders(flags, path.resolve('/base'));
    expect(folders.map((folder) => path.basename(folder))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(folders[0]).toBe(path.resolve('/base', 'a'));
  });
});

describe('macros of the flags', () => {
  it('are those of -D in each spelling, as far as no -U follows', () => {
    const flags = [
      '-DA',
      '-D',
      'B=2',
      '--define-macro=C=x+1,D',
      '-DGONE=1',
      '-UGONE',
      '-DB=3',
      '-I',
      'a',
      '-DF(x)=x*2',
    ];
    expect(definedMacros(flags)).toBe('#define A 1\n#define C x+1\n#define D 1\n#define B 3\n#define F(x) x*2\n');
    expect(definedMacros(['-O3', '-std=c++17'])).toBe('');
  });

  it('stand before what is included, and are another answer than none', async () => {
    const { includes, folder } = await project({ 'a.cu': launch });
    const document = (await sharedParser()).parse(launch);
    onTestFinished(() => document.dispose());
    const ask = (macros: string) => includes.of(path.join(folder, 'a.cu'), document, [], macros);
    const imports = await ask('#define SIZE 9\n');
    expect(await ask('#define SIZE 9\n')).toBe(imports);
    expect(buildModel(document, imports).launches[0]!.grid.x).toEqual(known(9n));
    expect(buildModel(document, await ask('#define SIZE 8\n')).launches[0]!.grid.x).toEqual(known(8n));
    expect(await ask('')).toBeUndefined();
    expect(includes.texts(path.join(folder, 'a.cu'))).toEqual([]);
  });
});
