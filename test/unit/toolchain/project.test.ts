import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProjectDatabases, projectFlags, splitCommand } from '../../../server/src/toolchain/project';

const flagsOf = (command: string, files: Record<string, string> = {}) =>
  projectFlags({ directory: '/p/build', file: '../src/a.cu', command }, (file) => files[file]);

describe('projectFlags', () => {
  it('keeps what matters of a CMake command, with absolute paths', () => {
    const command =
      '/usr/local/cuda/bin/nvcc -forward-unknown-to-host-compiler -DNDEBUG -DNAME=\\"x\\ y\\" --options-file CMakeFiles/a.dir/includes_CUDA.rsp ' +
      '-I../include -isystem=third/party -O3 -std=c++17 "--generate-code=arch=compute_80,code=[compute_80,sm_80]" ' +
      '"--generate-code=arch=compute_90,code=[sm_90]" -Xcompiler=-fPIC -rdc=true --extended-lambda -MD -MT a.o -MF a.o.d -x cu -c /p/src/a.cu -o a.o';
    const result = flagsOf(command, { '/p/build/CMakeFiles/a.dir/includes_CUDA.rsp': '-I"/p/my dir" -I../generated' });
    expect(result.flags).toEqual([
      '-forward-unknown-to-host-compiler',
      '-DNDEBUG',
      '-DNAME="x y"',
      '-I',
      '/p/my dir',
      '-I',
      '/p/generated',
      '-I',
      '/p/include',
      '-isystem',
      '/p/build/third/party',
      '-O3',
      '-std=c++17',
      '-Xcompiler=-fPIC',
      '-rdc=true',
      '--extended-lambda',
    ]);
    expect(result.architectures).toEqual(['sm_80', 'sm_90']);
    expect(result.architectureFlags).toEqual([
      '--generate-code=arch=compute_80,code=[compute_80,sm_80]',
      '--generate-code=arch=compute_90,code=[sm_90]',
    ]);
  });

  it('understands architectures in two words, native and virtual ones', () => {
    expect(flagsOf('nvcc -arch native -c ../src/a.cu').architectures).toEqual(['native']);
    expect(flagsOf('nvcc -gencode arch=compute_75,code=compute_75 -c ../src/a.cu')).toMatchObject({
      architectures: ['sm_75'],
      architectureFlags: ['-gencode=arch=compute_75,code=compute_75'],
    });
  });

  it('translates a database made for clang', () => {
    const result = flagsOf(
      'clang++ -x cuda --cuda-gpu-arch=sm_86 --cuda-path=/usr/local/cuda -fPIC -Wno-unused -Iinc -c ../src/a.cu',
    );
    expect(result).toEqual({
      flags: ['-Xcompiler', '-fPIC', '-I', '/p/build/inc'],
      architectureFlags: ['-arch=sm_86'],
      architectures: ['sm_86'],
    });
  });

  it('keeps a host compiler, by name or by path', () => {
    expect(flagsOf('nvcc -ccbin g++-12 -c ../src/a.cu').flags).toEqual(['-ccbin', 'g++-12']);
    expect(flagsOf('nvcc -ccbin=../tools/g++ -c ../src/a.cu').flags).toEqual(['-ccbin', '/p/tools/g++']);
  });
});

describe('splitCommand', () => {
  it('knows quotes and escapes, and leaves Windows paths alone', () => {
    expect(splitCommand(`a "b c" 'd "e' f\\ g C:\\x\\y.cu ""`)).toEqual(['a', 'b c', 'd "e', 'f g', 'C:\\x\\y.cu', '']);
  });
});

async function project(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel lens project '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

const entry = (directory: string, file: string, define: string) => ({
  directory,
  file,
  command: `nvcc -D${define} -c ${file} -o x.o`,
});

describe('ProjectDatabases', () => {
  it('finds the database in a build folder, the file in it, and a header through what includes it', async () => {
    const folder = await project({
      'src/a.cu': '#include "deep/kernels.cuh"\n',
      'src/b.cu': '',
      'src/deep/kernels.cuh': '',
      'src/deep/other.cuh': '',
      'lib/c.cu': '#include <cstdio>\n',
    });
    await mkdir(path.join(folder, 'build'));
    const database = path.join(folder, 'build/compile_commands.json');
    await writeFile(
      database,
      JSON.stringify([entry(folder, 'lib/c.cu', 'C'), entry(folder, 'src/b.cu', 'B'), entry(folder, 'src/a.cu', 'A')]),
    );
    const databases = new ProjectDatabases();
    const of = async (file: string) =>
      (await databases.flagsFor(path.join(folder, file), { folders: [folder], buildFolders: [] }))?.flags;
    expect(await of('src/a.cu')).toEqual(['-DA']);
    expect(await of('src/deep/kernels.cuh')).toEqual(['-DA']);
    expect(await of('lib/new.cu')).toEqual(['-DC']);

    await writeFile(database, JSON.stringify([entry(folder, 'src/a.cu', 'CHANGED')]));
    await utimes(database, new Date(), new Date(Date.now() + 5000));
    expect(await databases.refresh()).toBe(true);
    expect(await of('src/a.cu')).toEqual(['-DCHANGED']);
    expect(await databases.refresh()).toBe(false);
  });

  it('looks where CMake is told to build, and survives a broken database', async () => {
    const folder = await project({ 'a.cu': '', 'compile_commands.json': '[{"directory": 1}, {"dir' });
    const elsewhere = await project({});
    await writeFile(
      path.join(elsewhere, 'compile_commands.json'),
      JSON.stringify([entry(folder, 'a.cu', 'ELSEWHERE')]),
    );
    const databases = new ProjectDatabases();
    const found = await databases.flagsFor(path.join(folder, 'a.cu'), { folders: [folder], buildFolders: [elsewhere] });
    expect(found?.flags).toEqual(['-DELSEWHERE']);
    expect(
      await databases.flagsFor(path.join(folder, 'a.cu'), { folders: [folder], buildFolders: [] }),
    ).toBeUndefined();
  });
});
