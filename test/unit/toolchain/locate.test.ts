import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateToolkit, locateToolkits, type LocateOptions } from '../../../server/src/toolchain';

let top: string;

beforeAll(async () => {
  top = await realpath(await mkdtemp(path.join(os.tmpdir(), 'kernel lens toolkits ')));
});
afterAll(() => rm(top, { recursive: true, force: true }));

/** A folder with what a toolkit is recognised by: a program that says its version, and the header. */
async function install(folder: string, version: string, nvcc = 'nvcc'): Promise<string> {
  const root = path.join(top, folder);
  await mkdir(path.join(root, 'bin'), { recursive: true });
  await mkdir(path.join(root, 'include'), { recursive: true });
  await writeFile(path.join(root, 'include/cuda.h'), '');
  await script(path.join(root, 'bin', nvcc), version);
  return root;
}

async function script(file: string, version: string): Promise<void> {
  const said = `Cuda compilation tools, release ${version}, V${version}.99`;
  await writeFile(file, `#!/bin/sh\n[ "$1" = --version ] && echo "${said}"\n`);
  await chmod(file, 0o755);
}

const search = (options: Partial<LocateOptions>): LocateOptions => ({
  setting: '',
  hostCompiler: '',
  env: {},
  platform: 'linux',
  folders: [],
  ...options,
});

async function originOf(options: Partial<LocateOptions>): Promise<[string, string] | string> {
  const found = await locateToolkit(search(options));
  return found.found ? [found.toolkit.origin, path.relative(top, found.toolkit.root)] : found.message;
}

const listOf = async (options: Partial<LocateOptions>) =>
  (await locateToolkits(search(options))).map(({ version, origin, path: place }) => [
    version.full,
    origin,
    path.relative(top, place),
  ]);

describe('one toolkit', () => {
  it('takes the setting, CUDA_PATH, CUDA_HOME, PATH and the newest folder, in this order', async () => {
    const [a, b, c] = [
      await install('order/a', '11.8'),
      await install('order/b', '12.4'),
      await install('order/c', '12.6'),
    ];
    const usual = path.join(top, 'order/usual');
    await install('order/usual/cuda-9.2', '9.2');
    await install('order/usual/cuda-12.4', '12.4');
    await install('order/usual/cuda-12.10', '12.10');
    const env = { CUDA_PATH: a, CUDA_HOME: b, PATH: `/nothing::${path.join(c, 'bin')}` };
    expect(await originOf({ setting: c, env })).toEqual(['setting', 'order/c']);
    expect(await originOf({ env })).toEqual(['CUDA_PATH', 'order/a']);
    expect(await originOf({ env: { ...env, CUDA_PATH: '' } })).toEqual(['CUDA_HOME', 'order/b']);
    expect(await originOf({ env: { PATH: env.PATH } })).toEqual(['PATH', 'order/c']);
    const twice = await locateToolkit({
      setting: '',
      hostCompiler: '',
      env: { PATH: '/nothing:/nothing/::/nothing' },
      folders: [],
    });
    expect(twice.found ? [] : twice.tried.filter((file) => file.startsWith('/nothing'))).toEqual(['/nothing/nvcc']);
    expect(await originOf({ folders: [usual] })).toEqual(['folder', 'order/usual/cuda-12.10']);
  });

  it('takes a setting that names the toolkit, its bin or nvcc', async () => {
    const root = await install('named', '13.0');
    for (const setting of [root, path.join(root, 'bin'), path.join(root, 'bin/nvcc')])
      expect(await originOf({ setting })).toEqual(['setting', 'named']);
  });

  it('passes over what does not answer as nvcc does, and says so of a setting', async () => {
    const broken = await install('broken', '12.0');
    await writeFile(path.join(broken, 'bin/nvcc'), '#!/bin/sh\necho hello\n');
    const good = await install('good', '12.4');
    expect(await originOf({ env: { CUDA_PATH: broken, CUDA_HOME: good } })).toEqual(['CUDA_HOME', 'good']);
    expect(await originOf({ setting: broken })).toContain('does not answer --version');
    expect(await originOf({ setting: path.join(top, 'absent') })).toContain('there is no nvcc in it');
  });

  it('searches as Windows installs', async () => {
    const usual = path.join(top, 'windows/CUDA');
    await install('windows/CUDA/v11.8', '11.8', 'nvcc.exe');
    const newest = await install('windows/CUDA/v13.0', '13.0', 'nvcc.exe');
    const elsewhere = await install('windows/d/12.4', '12.4', 'nvcc.exe');
    const windows = { platform: 'win32' as const, folders: [usual] };
    expect(await originOf(windows)).toEqual(['folder', path.relative(top, newest)]);
    const env = { PATH: `/nothing;${path.join(elsewhere, 'bin')}` };
    expect(await originOf({ ...windows, env })).toEqual(['PATH', path.relative(top, elsewhere)]);
    expect(await originOf({ ...windows, folders: [], env: { CUDA_PATH_V12_4: elsewhere } })).toEqual([
      'folder',
      path.relative(top, elsewhere),
    ]);
    const all = await listOf({
      ...windows,
      env: { CUDA_PATH: newest, CUDA_PATH_V12_4: elsewhere, CUDA_PATH_V13_0: newest },
    });
    expect(all).toEqual([
      ['13.0.99', 'CUDA_PATH', 'windows/CUDA/v13.0'],
      ['12.4.99', 'folder', 'windows/d/12.4'],
      ['11.8.99', 'folder', 'windows/CUDA/v11.8'],
    ]);
  });
});

describe('all toolkits', () => {
  it('lists each once, newest first, with where it was found first', async () => {
    const usual = path.join(top, 'many');
    const [, twelve] = [await install('many/cuda-11.8', '11.8'), await install('many/cuda-12.4', '12.4')];
    const thirteen = await install('many/cuda-13.0', '13.0');
    await symlink(thirteen, path.join(usual, 'cuda'));
    const env = { CUDA_HOME: path.join(usual, 'cuda'), PATH: path.join(twelve, 'bin') };
    expect(await listOf({ env, folders: [usual] })).toEqual([
      ['13.0.99', 'CUDA_HOME', 'many/cuda-13.0'],
      ['12.4.99', 'PATH', 'many/cuda-12.4'],
      ['11.8.99', 'folder', 'many/cuda-11.8'],
    ]);
    expect((await listOf({ env, folders: [usual], setting: twelve }))[1]).toEqual([
      '12.4.99',
      'setting',
      'many/cuda-12.4',
    ]);
    // A setting that leads nowhere hides none.
    expect(await listOf({ folders: [usual], setting: '/nothing' })).toHaveLength(3);
  });

  it('knows a wrapper by the toolkit behind it', async () => {
    const root = await install('wrapped/cuda-12.4', '12.4');
    const wrapper = path.join(top, 'wrapped/bin');
    await mkdir(wrapper);
    const nvcc = path.join(root, 'bin/nvcc');
    await writeFile(
      path.join(wrapper, 'nvcc'),
      `#!/bin/sh\n[ "$1" = --dryrun ] && echo "#$ TOP=${root}" >&2\nexec "${nvcc}" "$@"\n`,
    );
    await chmod(path.join(wrapper, 'nvcc'), 0o755);
    const env = { PATH: `${wrapper}:${path.join(root, 'bin')}` };
    expect(await listOf({ env })).toEqual([['12.4.99', 'PATH', 'wrapped/cuda-12.4']]);
  });

  it('is empty on a bare machine', async () => {
    expect(await listOf({ folders: [path.join(top, 'absent')], env: { PATH: '/nothing' } })).toEqual([]);
  });
});
