import { describe, expect, it } from 'vitest';
import { buildCommand, type BuildCommandInput } from '../../../server/src/toolchain';

const base: BuildCommandInput = {
  toolkit: { nvcc: '/usr/local/cuda/bin/nvcc', hostCompiler: '' },
  file: '/home/me/my project/vector_add.cu',
  hasMain: true,
  lineinfo: false,
  flags: [],
  architectureFlags: [],
  architecture: 'sm_90',
  extra: [],
  platform: 'linux',
};

const argsOf = (change: Partial<BuildCommandInput>) => buildCommand({ ...base, ...change }).args;

describe('buildCommand', () => {
  it('writes the program beside the source', () => {
    expect(buildCommand(base)).toEqual({
      nvcc: '/usr/local/cuda/bin/nvcc',
      cwd: '/home/me/my project',
      args: ['-arch=sm_90', '-o', '/home/me/my project/vector_add', '/home/me/my project/vector_add.cu'],
      output: '/home/me/my project/vector_add',
    });
  });

  it('makes an object file of a file without main', () => {
    const { args, output } = buildCommand({ ...base, hasMain: false });
    expect(args).toContain('-c');
    expect(output).toBe('/home/me/my project/vector_add.o');
  });

  it("builds for the project's architectures, with its flags and the settings'", () => {
    const args = argsOf({
      architectureFlags: ['-gencode=arch=compute_80,code=[compute_80,sm_80]'],
      flags: ['-I', '/home/me/inc', '-std=c++17'],
      toolkit: { nvcc: 'nvcc', hostCompiler: 'g++-12' },
      lineinfo: true,
    });
    expect(args.slice(0, 7)).toEqual([
      '-gencode=arch=compute_80,code=[compute_80,sm_80]',
      '-lineinfo',
      '-ccbin',
      'g++-12',
      '-I',
      '/home/me/inc',
      '-std=c++17',
    ]);
    expect(args).not.toContain('-arch=sm_90');
  });

  it("gives way to the user's own arguments", () => {
    const own = buildCommand({ ...base, extra: ['-o', 'out/a', '-arch', 'sm_75'] });
    expect(own.args).toEqual([base.file, '-o', 'out/a', '-arch', 'sm_75']);
    expect(own.output).toBeUndefined();
    expect(argsOf({ extra: ['-ptx'], hasMain: false })).toEqual(['-arch=sm_90', base.file, '-ptx']);
    // Debug code has its lines already, and nvcc warns of both.
    expect(argsOf({ flags: ['-G'], lineinfo: true })).not.toContain('-lineinfo');
  });

  it('leaves the architecture to nvcc where none is known', () => {
    expect(argsOf({ architecture: undefined })[0]).toBe('-o');
  });

  it('knows how Windows names files', () => {
    const windows = { ...base, file: 'C:\\src\\k.cu', platform: 'win32' as const };
    expect(buildCommand(windows)).toMatchObject({ cwd: 'C:\\src', output: 'C:\\src\\k.exe' });
    expect(buildCommand({ ...windows, hasMain: false }).output).toBe('C:\\src\\k.obj');
  });
});
