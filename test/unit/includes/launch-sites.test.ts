/** Launches that stand in other files of a project, on disk and in editors. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildModel } from '../../../server/src/analysis';
import { OpenDocument } from '../../../server/src/documents';
import { noSites } from '../../../server/src/launch-sites';
import { silentLog } from '../../../server/src/log';
import { Session } from '../../../server/src/session';
import { sharedParser } from '../analysis/support';

async function project(files: Record<string, string>) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-sites-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const parser = await sharedParser();
  const session = new Session(parser, silentLog);
  session.folders = [folder];
  let time = 0;
  const write = async (name: string, text: string) => {
    const file = path.join(folder, name);
    files[name] = text;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    // The clock of the file system may be coarser than the test is fast.
    const at = new Date(2020, 0, 1, 0, 0, ++time);
    await utimes(file, at, at);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const sites = async (name: string) => {
    const parsed = parser.parse(files[name]!);
    const file = path.join(folder, name);
    try {
      return await session.launchSites.of(file, buildModel(parsed, await session.importsOf(file, parsed)));
    } finally {
      parsed.dispose();
    }
  };
  /** Names below the folder, with `+` where the file includes the kernel's. */
  const names = async (name: string) =>
    (await sites(name)).map(({ file, includes }) => path.relative(folder, file) + (includes ? '+' : ''));
  return { folder, session, parser, write, sites, names };
}

const kernel = '__global__ void scale(float* x) { x[threadIdx.x] *= 2; }\n';
const declared = '__global__ void scale(float* x);\n';
const launched = 'void f(float* x) { scale<<<4, 64>>>(x); }\n';

describe('launches in other files', () => {
  it('are found beside the file and above it, through includes and declarations', async () => {
    const { names } = await project({
      'src/kernels/scale.cuh': kernel,
      'src/kernels/near.cu': declared + launched,
      'src/main.cu': `#include "kernels/scale.cuh"\n${launched}`,
      'src/other.cu': kernel + launched,
      'src/far/away/unseen.cu': declared + launched,
      'src/mention.cu': `${declared}// scale<<<1, 1>>>(x)\n`,
    });
    expect(await names('src/kernels/scale.cuh')).toEqual([
      path.join('src', 'kernels', 'near.cu'),
      path.join('src', 'main.cu+'),
    ]);
  });

  it('are found wherever the compilation database says that sources are, with their flags', async () => {
    const { names, sites, write, session, folder } = await project({
      'lib/scale.cu': kernel,
      'app/src/main.cu': `#include <all.h>\n${launched}`,
      'app/include/all.h': declared,
    });
    expect(await names('lib/scale.cu')).toEqual([]);
    const entry = (file: string) => ({ directory: folder, file, command: `nvcc -DBLOCKS=4 -Iapp/include -c ${file}` });
    await write('compile_commands.json', JSON.stringify(['lib/scale.cu', 'app/src/main.cu'].map(entry)));
    await session.databases.refresh();
    expect(await names('lib/scale.cu')).toEqual([path.join('app', 'src', 'main.cu')]);
    expect((await sites('lib/scale.cu'))[0]?.model.launches[0]?.grid.x).toEqual({ known: true, value: 4n });
  });

  it('are not looked for where the file launches its kernels itself', async () => {
    const { sites } = await project({ 'a.cu': kernel + launched, 'b.cu': declared + launched });
    expect(await sites('a.cu')).toBe(noSites);
  });

  it('are read again when they change, from the editor where one has them open', async () => {
    const { sites, names, write, session, parser, folder } = await project({ 'a.cu': kernel, 'b.cu': declared });
    expect(await sites('a.cu')).toBe(noSites);
    await write('b.cu', declared + launched);
    const found = await sites('a.cu');
    expect(found.map(({ text }) => text)).toEqual([declared + launched]);
    expect(await sites('a.cu')).toBe(found);
    expect(session.launchSites.standIn(path.join(folder, 'a.cu'), path.join(folder, 'b.cu'))).toBe(true);
    const uri = `file://${path.join(folder, 'b.cu')}`;
    const document = OpenDocument.open(parser, uri, 'cuda-cpp', 1, declared);
    onTestFinished(() => document.dispose());
    session.documents.set(uri, document);
    expect(await names('a.cu')).toEqual([]);
  });
});
