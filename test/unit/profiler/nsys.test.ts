/**
 * Reports of Nsight Systems. `report.sqlite` holds what nsys 2023.4.4 exported of a program of ours on an H200, without
 * the tables about that machine; its rows of managed memory and of a whole graph were written after the documented schema.
 * The other databases were written by SQLite, to have everything that its files can hold.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeTrace, managedMemory, traceEventKinds, type TraceData } from '../../../protocol/src';
import { locateNsys, readSystemTrace, type SystemTraceRequest } from '../../../server/src/profiler/nsys';
import { SqliteError, SqliteFile, type Value } from '../../../server/src/profiler/nsys/sqlite';
import { readReport, TooManyRecords } from '../../../server/src/profiler/nsys/tables';

const fixtures = path.resolve('test/fixtures/nsys');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-nsys-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function rows(file: string, table: string, columns: string[]): Promise<Value[][]> {
  const database = await SqliteFile.open(path.join(fixtures, file));
  const found: Value[][] = [];
  await database.rows(table, columns, (values) => found.push(values));
  database.close();
  return found;
}

describe('a database', () => {
  const columns = ['id', 'a b', 'number', 'big', 'data'];
  const integers = [0, 1, -1, 127, -128, 32767, -32768, 8388607, -8388608, 2 ** 31 - 1, -(2 ** 31), 2 ** 47 - 1];
  const wide: Value[] = [-(2 ** 47), 2 ** 53 - 1, 2n ** 63n - 1n, -(2n ** 63n)];
  const expected = (index: number): Value[] => [
    index * 3 + 1,
    '한글 text '.repeat((index % 5) * (index % 7 === 0 ? 40 : 1)),
    index / 4,
    [...integers, ...wide][index % 16] ?? null,
    index % 3 === 0 ? null : Uint8Array.from({ length: index % 200 }, (_, byte) => byte),
  ];

  test('keeps integers of 64 bits, texts and bytes', async () => {
    const found = await rows('values.sqlite', 'odd "name"', columns);
    expect(found).toHaveLength(130);
    found.forEach((row, index) => expect(row).toEqual(expected(index)));
  });

  test('is read in the other encodings, and in any order of columns', async () => {
    const found = await rows('utf16.sqlite', 'odd "name"', ['number', 'missing', 'a b', 'id', 'a b']);
    expect(found).toEqual(
      [0, 1, 2].map((index) => {
        const [id, text, number] = expected(index);
        return [number, null, text, id, text];
      }),
    );
  });

  test('has rows that are older than a column, and tables that are empty, absent or of another kind', async () => {
    expect(await rows('values.sqlite', 'later', ['first', 'second', 'third'])).toEqual([
      [5, 'five', null],
      [6, 'six', 'added'],
    ]);
    expect(await rows('values.sqlite', 'empty', ['x'])).toEqual([]);
    expect(await rows('values.sqlite', 'nothing', ['x'])).toEqual([]);
  });

  test('that is damaged anywhere is an error, and no endless loop', async () => {
    const bytes = readFileSync(path.join(fixtures, 'values.sqlite'));
    const file = path.join(scratch, 'damaged.sqlite');
    let failed = 0;
    for (let at = 100; at < bytes.length; at += 397) {
      const damaged = Buffer.from(bytes);
      damaged.fill(at % 256, at, at + 9);
      writeFileSync(file, damaged);
      try {
        const database = await SqliteFile.open(file);
        try {
          await database.rows('odd "name"', columns, () => undefined);
        } finally {
          database.close();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(SqliteError);
        failed++;
      }
    }
    expect(failed).toBeGreaterThan(5);
    writeFileSync(file, 'no database at all');
    await expect(SqliteFile.open(file)).rejects.toThrow('no SQLite database');
  });
});

describe('a report', () => {
  const request = (file: string, more: Partial<SystemTraceRequest> = {}): SystemTraceRequest => ({
    file,
    nsys: () => Promise.resolve(undefined),
    cacheDirectory: path.join(scratch, 'cache'),
    signal: new AbortController().signal,
    ...more,
  });
  const read = (file: string) => decodeTrace(gunzipSync(readFileSync(file)));
  const inFolder = (name: string) => {
    const folder = path.join(scratch, name);
    mkdirSync(folder);
    copyFileSync(path.join(fixtures, 'report.sqlite'), path.join(folder, 'report.sqlite'));
    writeFileSync(path.join(folder, 'report.nsys-rep'), 'as nsys wrote it');
    return folder;
  };

  test('becomes a trace: kernels, copies, calls and ranges as nsys tells them', async () => {
    const answer = await readSystemTrace(request(path.join(fixtures, 'report.sqlite')));
    const data = read(answer.status === 'ok' ? answer.file : '') as TraceData;
    expect(data).toMatchObject({ program: 'ranges', deviceName: 'NVIDIA H200' });
    const of = (kind: string) => data.totals.filter((total) => total.kind === kind);
    expect(of('kernel')).toMatchObject([
      // As `select sum(end - start), count(*)` says.
      { name: 'work', count: 22, total: expect.closeTo(198.693, 3) as number },
      { name: 'CUDA graph 3', count: 1, total: 10 },
    ]);
    expect(of('copy')).toMatchObject([
      { name: 'deviceToHost', bytes: 4 * 2 ** 20, from: 'device', to: 'pageable' },
      { name: 'hostToDevice', bytes: 4 * 2 ** 20, from: 'pageable', to: 'device' },
    ]);
    expect(of('memset')).toMatchObject([{ count: 1, bytes: 4 * 2 ** 20 }]);
    expect(of('call').find(({ name }) => name === 'cudaLaunchKernel')?.count).toBe(14);
    expect(of('call').find(({ name }) => name === 'cudaDeviceSynchronize')?.count).toBe(4);
    expect(
      of('range')
        .map(({ name, count }) => `${count} ${name}`)
        .sort(),
    ).toEqual(['1 a mark', '1 across', '1 setup', '1 step 0', '1 step 1', '1 step 2', '3 launch', '3 wait']);
    expect(data.rows.filter(({ kind }) => kind === 'stream').map(({ isDefault }) => isDefault)).toEqual([true, false]);
    expect(data.rows.find(({ kind, thread }) => kind === 'host' && thread === 614)?.name).toBe('ranges');
    // What the GPU did is tied to the call that asked for it.
    const [kernel, call] = [traceEventKinds.indexOf('kernel'), traceEventKinds.indexOf('call')];
    const calls = new Set(data.events.correlation.filter((_, index) => data.events.kind[index] === call));
    const launched = data.events.correlation.filter((id, index) => data.events.kind[index] === kernel && id !== 0);
    expect([...launched].every((id) => calls.has(id))).toBe(true);
  });

  test('tells managed memory', async () => {
    const answer = await readSystemTrace(request(path.join(fixtures, 'report.sqlite')));
    const data = read(answer.status === 'ok' ? answer.file : '') as TraceData;
    expect(managedMemory(data.totals)).toEqual({
      toDevice: 65536 + 131072,
      toHost: 65536,
      betweenDevices: 0,
      onDevice: 7,
      onHost: 3,
    });
  });

  test('is read from the export beside it, if that is no older', async () => {
    const folder = inFolder('beside');
    const report = path.join(folder, 'report.nsys-rep');
    const first = await readSystemTrace(request(report));
    expect(first.status).toBe('ok');
    // Once more: as it is kept.
    expect(await readSystemTrace(request(report))).toEqual(first);
    utimesSync(path.join(folder, 'report.sqlite'), 1, 1);
    writeFileSync(report, 'as nsys wrote it again');
    expect(await readSystemTrace(request(report))).toEqual({ status: 'noTool' });
  });

  test.skipIf(process.platform === 'win32')('is exported by nsys, whose words are told when it fails', async () => {
    const folder = inFolder('exported');
    const report = path.join(folder, 'report.nsys-rep');
    const export_ = path.join(folder, 'export.sqlite');
    copyFileSync(path.join(folder, 'report.sqlite'), export_);
    rmSync(path.join(folder, 'report.sqlite'));
    const program = (name: string, lines: string[]) => {
      const file = path.join(folder, name);
      writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
      return () => Promise.resolve(file);
    };
    const failing = program('failing', ['echo "The report was made by a newer version."', 'exit 1']);
    expect(await readSystemTrace(request(report, { nsys: failing }))).toEqual({
      status: 'exportFailed',
      output: 'The report was made by a newer version.',
    });
    const working = program('nsys', [
      `[ "$1" = export ] && [ "$6" = "${report}" ] || exit 2`,
      `cp "${export_}" "\${5#--output=}"`,
    ]);
    expect(await readSystemTrace(request(report, { nsys: working }))).toMatchObject({ status: 'ok' });
    const found = await locateNsys({ setting: folder, toolkitRoot: undefined });
    expect(found).toEqual({ found: true, nsys: path.join(folder, 'nsys') });
    const missing = await locateNsys({ setting: '', toolkitRoot: undefined, env: { PATH: '/nowhere' } });
    expect(missing.found ? [] : missing.tried).toContain('/nowhere/nsys');
    const env = { PATH: '/nowhere:/toolkit/bin:/nowhere/:/nowhere' };
    const twice = await locateNsys({ setting: '', toolkitRoot: '/toolkit', env });
    const tried = twice.found ? [] : twice.tried;
    expect(tried).toContain('/toolkit/bin/nsys');
    expect(tried).toEqual([...new Set(tried)]);
  });

  test('of more records than can be shown is not read in part', async () => {
    const database = await SqliteFile.open(path.join(fixtures, 'report.sqlite'));
    await expect(readReport(database, 50).finally(() => database.close())).rejects.toThrow(TooManyRecords);
  });

  test('without anything to show, or of something else, is said to be so', async () => {
    const other = path.join(fixtures, 'values.sqlite');
    expect(await readSystemTrace(request(other))).toMatchObject({ status: 'unreadable' });
    const text = path.join(scratch, 'text.sqlite');
    writeFileSync(text, 'x'.repeat(500));
    expect(await readSystemTrace(request(text))).toMatchObject({ status: 'unreadable' });
  });
});
