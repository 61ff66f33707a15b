import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile, appendFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../../protocol/src';
import { History, historyCsv } from '../../../server/src/history';
import { HistoryStore } from '../../../server/src/history/store';

const file = '/home/user/커널 one.cu';
let folder = '';
let warnings: string[] = [];

function open(): HistoryStore {
  return new HistoryStore(() => Promise.resolve(folder), { warn: (message) => warnings.push(message) });
}

function entry(id: string, other: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    id,
    at: '2026-01-01T00:00:00.000Z',
    file,
    kernel: 'ns::k',
    device: { kind: 'cpu', name: 'A processor, 3 "GHz"' },
    launch: {
      grid: [4, 1, 1],
      block: [256, 1, 1],
      sharedBytes: 0,
      templateArguments: [],
      sizes: { N: '8' },
      coldCache: false,
    },
    sourceKey: 's',
    median: 10,
    min: 9,
    relativeError: 0.01,
    launches: 20,
    samples: [9, 10, 11],
    ...other,
  };
}

const ids = async (store: HistoryStore) => (await store.entries(file, 'ns::k')).map(({ id }) => id);

async function onlyFile(): Promise<string> {
  const names = await readdir(path.join(folder, 'history'));
  expect(names).toHaveLength(1);
  return path.join(folder, 'history', names[0] ?? '');
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-history-'));
  warnings = [];
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true, force: true });
});

describe('the store', () => {
  it('keeps what it is given for the next session, each kernel by itself', async () => {
    await open().append(entry('a'));
    await open().append(entry('b', { kernel: 'other' }));
    await open().append(entry('c', { samples: undefined, bytesPerSecond: 5 }));
    const { samples, ...withoutSamples } = entry('c', { bytesPerSecond: 5 });
    expect(samples).toBeDefined();
    expect(await open().entries(file, 'ns::k')).toEqual([entry('a'), withoutSamples]);
    expect(warnings).toEqual([]);
  });

  it('skips damaged lines, and ends one that was cut off before it writes on', async () => {
    await open().append(entry('a'));
    const place = await onlyFile();
    await appendFile(place, 'no JSON\n{"id":"half"}\n[]\n\u0000\n{"id":"cut off, "at":');
    expect(await ids(open())).toEqual(['a']);
    await open().append(entry('b'));
    expect(await ids(open())).toEqual(['a', 'b']);
    expect(warnings).toEqual([]);
  });

  it('keeps the last 500', async () => {
    await open().append(entry('first'));
    const place = await onlyFile();
    // As an older version, which kept one file, left it.
    await writeFile(place, Array.from({ length: 549 }, (_, i) => `${JSON.stringify(entry(`e${i}`))}\n`).join(''));
    await open().append(entry('x'));
    expect(await ids(open())).toHaveLength(500);
    expect((await ids(open())).slice(-2)).toEqual(['e548', 'x']);
    const store = open();
    for (let i = 0; i < 700; i++) await store.append(entry(`n${i}`));
    expect(await ids(open())).toEqual(Array.from({ length: 500 }, (_, i) => `n${i + 200}`));
    // What is no longer shown is removed, a file at a time.
    expect((await readdir(path.join(folder, 'history'))).length).toBeLessThanOrEqual(6);
    await open().clear(file, 'ns::k');
    expect(await readdir(path.join(folder, 'history'))).toEqual([]);
  });

  it('keeps lines of another version, and what people saved with other line ends', async () => {
    await open().append(entry('a'));
    const place = await onlyFile();
    const newer = '{"version":9,"id":"newer"}';
    const lines = Array.from({ length: 550 }, (_, i) => JSON.stringify(entry(`e${i}`)));
    await writeFile(place, `\uFEFF${[...lines, newer].join('\r\n')}\r\n`);
    expect(await ids(open())).toHaveLength(500);
    await open().append(entry('b'));
    expect((await ids(open())).slice(-2)).toEqual(['e549', 'b']);
    expect(await readFile(place, 'utf8')).toContain(newer);
  });

  it('loses nothing to processes that write, read and remove old ones at once', async () => {
    const built = path.join(folder, 'store.cjs');
    const writer = `import { HistoryStore } from './server/src/history/store';
      const [, , folder, name, text] = process.argv;
      const store = new HistoryStore(() => Promise.resolve(folder), { warn: (message) => console.log(message) });
      void (async () => {
        for (let i = 0; i < 200; i++) {
          const problem = await store.append({ ...JSON.parse(text), id: name + i });
          if (problem !== undefined) console.log(problem);
          await store.entries(${JSON.stringify(file)}, 'ns::k');
        }
      })();`;
    await build({
      stdin: { contents: writer, resolveDir: path.resolve('.'), loader: 'ts' },
      bundle: true,
      platform: 'node',
      outfile: built,
    });
    const names = ['a', 'b', 'c', 'd'];
    const run = (name: string) =>
      promisify(execFile)(process.execPath, [built, folder, name, JSON.stringify(entry(''))]);
    const said = await Promise.all(names.map(run));
    expect(said.map(({ stdout }) => stdout)).toEqual(['', '', '', '']);
    const kept = await ids(open());
    expect(kept).toHaveLength(500);
    expect(new Set(kept).size).toBe(500);
    // Of each writer the last ones, without a hole: only the oldest went.
    for (const name of names) {
      const own = kept.filter((id) => id.startsWith(name)).map((id) => Number(id.slice(1)));
      expect(own).toEqual(Array.from({ length: own.length }, (_, i) => 200 - own.length + i));
    }
  });

  it('loses nothing to several editors that write at once', async () => {
    const stores = [open(), open(), open()];
    await Promise.all(Array.from({ length: 60 }, (_, i) => (stores[i % 3] ?? open()).append(entry(`e${i}`))));
    expect((await ids(open())).sort()).toEqual(Array.from({ length: 60 }, (_, i) => `e${i}`).sort());
  });

  it('says why it cannot write or read, and goes on', async () => {
    // A file where the folder should be: nobody, root included, can write below it.
    await writeFile(path.join(folder, 'history'), '');
    const store = open();
    const problem = await store.append(entry('a'));
    expect(problem).toContain(path.join(folder, 'history'));
    expect(await store.append(entry('b'))).toBe(problem);
    expect(await ids(store)).toEqual([]);
    expect(await ids(store)).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('ENOTDIR')]);
  });
});

describe('baselines', () => {
  const history = () => new History(() => Promise.resolve(folder), { warn: (message) => warnings.push(message) });

  it('are kept across sessions, one a device, and outlive the history', async () => {
    const store = open();
    const gpu = { kind: 'gpu', name: 'H100' } as const;
    for (const each of [entry('a'), entry('g', { device: gpu }), entry('b')]) await store.append(each);
    for (const [wanted, id] of [
      ['a', 'a'],
      ['g', 'g'],
      [undefined, 'b'],
    ] as const)
      // prettier-ignore
      expect(await history().pin(file, 'ns::k', wanted)).toMatchObject({ status: 'pinned', entry: { id } });
    expect(await history().pin(file, 'ns::k', 'nobody')).toEqual({ status: 'noSuchRun' });
    expect((await store.baselines(file, 'ns::k')).map(({ id }) => id)).toEqual(['g', 'b']);
    await history().clear(file, 'ns::k');
    const after = await history().of(file, 'ns::k');
    expect(after.rows).toEqual([]);
    expect(after.baselines).toHaveLength(2);
    expect(await history().unpin(file, 'ns::k')).toBeUndefined();
    expect(await store.baselines(file, 'ns::k')).toEqual([]);
  });

  it('are what runs of their device are compared with', async () => {
    const store = open();
    for (const [id, median] of [['a', 20], ['b', 10], ['c', 40]] as const) await store.append(entry(id, { median })); // prettier-ignore
    await history().pin(file, 'ns::k', 'a');
    const { rows } = await history().of(file, 'ns::k');
    expect(rows.map(({ changes }) => [changes.last?.kind, changes.baseline?.kind])).toEqual([
      [undefined, undefined],
      ['faster', 'faster'],
      ['slower', 'slower'],
    ]);
    expect(rows[2]?.changes.baseline).toMatchObject({ id: 'a', median: 20, ratio: 2 });
  });

  it('may be damaged', async () => {
    await open().setBaselines(file, 'ns::k', [entry('a')]);
    const place = await onlyFile();
    await writeFile(place, '[{"id":');
    const store = open();
    expect(await store.baselines(file, 'ns::k')).toEqual([]);
    expect(await store.baselines(file, 'ns::k')).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining(place)]);
    // What was there is not written over.
    await store.setBaselines(file, 'ns::k', [entry('b')]);
    expect(await store.baselines(file, 'ns::k')).toEqual([entry('b')]);
    expect(await readFile(`${place}.damaged`, 'utf8')).toBe('[{"id":');
  });

  it('are read one by one', async () => {
    await open().setBaselines(file, 'ns::k', [entry('a')]);
    const place = await onlyFile();
    await writeFile(place, `\uFEFF${JSON.stringify([{ ...entry('x'), median: -1 }, entry('c')])}`);
    expect(await open().baselines(file, 'ns::k')).toEqual([entry('c')]);
    expect(warnings).toHaveLength(1);
  });
});

describe('CSV', () => {
  it('quotes what needs it and starts no formula', () => {
    const text = historyCsv({
      kernel: 'ns::k',
      rows: [
        {
          entry: entry('a', { launch: { ...entry('a').launch, templateArguments: ['=cmd()', 'float'] } }),
          changes: {},
        },
      ],
      baselines: [],
    });
    const [header, line, end] = text.split('\r\n');
    expect(header).toMatch(/^at,id,kernel,device,device_kind,grid,block,.*,source$/);
    expect(line).toContain('"A processor, 3 ""GHz""",cpu,4x1x1,256x1x1,0,"\'=cmd(), float",N=8,10,9,0.01,20,,,,');
    expect(end).toBe('');
  });
});
