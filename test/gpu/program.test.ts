/** Run Program on a real GPU: what is traced is what the program did, at the lines where it did it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  decodeTrace,
  type ProgramLaunch,
  type ProgramResult,
  type ProgramRun,
  type ProgramTrace,
  type TraceData,
  type TraceTotal,
} from '../../protocol/src';
import { disposeGpuRunner, runProgramOnGpu } from '../../server/src/runner/gpu';
import { bench, cacheDirectory, kernelFolder, type Bench } from './support';

const file = path.join(kernelFolder, 'streams.cu');
const text = readFileSync(file, 'utf8');
const lineOf = (part: string, after = '') => text.slice(0, text.indexOf(part, text.indexOf(after))).split('\n').length;

let found: Bench | { readonly skip: string };

before(async () => {
  found = await bench();
});
after(() => disposeGpuRunner());

function onGpu(name: string, test: (bench: Bench) => Promise<void>): void {
  void it(name, async (context: TestContext) => {
    if ('skip' in found) context.skip(found.skip);
    else await test(found);
  });
}

function runStreams(bench: Bench, launch: ProgramLaunch, onOutput?: (text: string) => void): Promise<ProgramResult> {
  return runProgram(bench, { file, text }, launch, onOutput);
}

function runProgram(
  { toolkit }: Bench,
  program: { readonly file: string; readonly text: string },
  launch: ProgramLaunch = {},
  onOutput?: (text: string) => void,
): Promise<ProgramResult> {
  const source = { ...program, flags: [] };
  const context = { signal: new AbortController().signal, cacheDirectory, timeLimit: 60 };
  return runProgramOnGpu(
    { source, toolkit, gpu: 'auto', compiler: '', launch },
    onOutput === undefined ? context : { ...context, onOutput },
  );
}

function assertOk(result: ProgramResult): asserts result is ProgramRun {
  assert.equal(result.status, 'ok', JSON.stringify(result, null, 2).slice(0, 4000));
}

function read(trace: ProgramTrace): TraceData {
  const data = decodeTrace(gunzipSync(readFileSync(trace.file)));
  assert.ok(data);
  return data;
}
/** What was done from a line of the program, whatever was called in between. */
const at = (trace: ProgramTrace, kind: TraceTotal['kind'], line: number) =>
  trace.totals.filter(
    (total) => total.kind === kind && total.frames[0]?.file === file && total.frames[0].line === line,
  );

void describe('a traced program', () => {
  onGpu('shows every launch, copy and wait at its line', async (bench) => {
    const result = await runStreams(bench, { args: ['one two', 'three'], env: { TRACE_WORD: 'hello' } });
    assertOk(result);
    assert.deepEqual(result.notes, []);
    assert.match(result.output, /arguments 2 one two, word hello/);
    const { trace } = result;
    assert.ok(trace);

    const [scaled] = at(trace, 'kernel', lineOf('scale<<<'));
    assert.equal(scaled?.name, 'scale');
    assert.equal(scaled.count, 20);
    const events = Number(/events ([\d.]+) ms/.exec(result.output)?.[1]) * 1000;
    assert.ok(Math.abs(scaled.total / events - 1) < 0.01, `events ${events} us, kernels ${scaled.total} us`);

    const [added] = at(trace, 'kernel', lineOf('addTo<float><<<'));
    assert.equal(added?.name, 'addTo<float>');
    assert.equal(added.count, 5);
    assert.equal(added.frames[1]?.line, lineOf('launchBoth(a, b, second)'));
    assert.deepEqual(
      trace.totals
        .filter(({ kind, name }) => kind === 'kernel' && name === 'addTo<float>')
        .map(({ count }) => count)
        .sort(),
      [1, 5],
    );
    const inGraph = at(trace, 'kernel', lineOf('cudaGraphLaunch(executable'));
    assert.equal(
      inGraph.reduce((sum, { count }) => sum + count, 0),
      6,
    );

    const bytes = 4 * 2 ** 22;
    const [down] = at(trace, 'copy', lineOf('cudaMemcpy(a, pageable'));
    assert.deepEqual([down?.name, down?.bytes, down?.from, down?.to], ['hostToDevice', bytes, 'pageable', 'device']);
    const [async] = at(trace, 'copy', lineOf('cudaMemcpyAsync(b, pinned'));
    assert.deepEqual([async?.bytes, async?.from, async?.to], [bytes, 'pinned', 'device']);
    const [back] = at(trace, 'copy', lineOf('cudaMemcpy(pageable, a'));
    assert.deepEqual([back?.name, back?.to], ['deviceToHost', 'pageable']);
    const [fill] = at(trace, 'memset', lineOf('cudaMemset(b'));
    assert.equal(fill?.bytes, bytes);
    const [wait] = at(trace, 'call', lineOf('cudaStreamSynchronize(first)'));
    assert.equal(wait?.count, 20);
    assert.ok(wait.total > 0.5 * scaled.total, `waited ${wait.total} us for ${scaled.total} us`);

    assert.deepEqual(result.kernels.map(({ name, launches }) => [name, launches]).sort(), [
      ['addTo<float>', 6],
      ['scale', 26],
    ]);
  });

  onGpu('has streams, a timeline in order, and a gap where the host slept', async (bench) => {
    const result = await runStreams(bench, {});
    assertOk(result);
    assert.ok(result.trace);
    const data = read(result.trace);
    const streams = data.rows.filter(({ kind }) => kind === 'stream');
    assert.equal(streams.length, 3, JSON.stringify(data.rows));
    assert.equal(streams.filter(({ isDefault }) => isDefault).length, 1);
    assert.equal(data.events.start[0], 0);
    assert.ok(data.events.start.every((start, index) => index === 0 || start >= (data.events.start[index - 1] ?? 0)));
    const slept = data.gaps.find(({ cause, duration }) => cause.kind === 'host' && duration > 18e6);
    assert.ok(slept, JSON.stringify(data.gaps.slice(0, 5)));
    // Every kernel came of a call on the host.
    const called = new Set([...data.events.correlation].filter((_, index) => data.events.kind[index] === 3));
    const orphans = [...data.events.correlation].filter(
      (id, index) => data.events.kind[index] === 0 && !called.has(id),
    );
    assert.equal(orphans.length, 0);
  });

  onGpu('shows managed memory where it was allocated and accessed, and what kernels waited for', async (bench) => {
    const file = path.join(kernelFolder, 'managed.cu');
    const text = readFileSync(file, 'utf8');
    const result = await runProgram(bench, { file, text });
    assertOk(result);
    const { trace } = result;
    assert.ok(trace);
    if (result.notes.some((note) => note.includes('managed memory'))) return;
    assert.deepEqual(result.notes, []);
    const bytes = 4 * 2 ** 24;
    const line = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length;
    const of = (kind: TraceTotal['kind'], name: string, part: string) =>
      trace.totals
        .filter((total) => total.kind === kind && total.name === name && total.frames[0]?.line === line(part))
        .reduce((sum, total) => ({ count: sum.count + total.count, bytes: sum.bytes + (total.bytes ?? 0) }), {
          count: 0,
          bytes: 0,
        });
    // By faults first, then by the prefetch.
    assert.equal(of('migration', 'hostToDevice', 'cudaMallocManaged(&faulted').bytes, 2 * bytes);
    assert.equal(of('migration', 'deviceToHost', 'cudaMallocManaged(&faulted').bytes, bytes);
    assert.equal(of('migration', 'deviceToHost', 'cudaMallocManaged(&fetched').bytes, bytes);
    assert.ok(of('fault', 'gpuFault', 'cudaMallocManaged(&faulted').count > 0);
    assert.ok(of('fault', 'cpuFault', 'sum += faulted[i]').count > 0);
    assert.equal(of('fault', 'cpuFault', 'again += fetched[i]').count, 0);
    const kernel = (name: string) => trace.totals.find((total) => total.kind === 'kernel' && total.name === name);
    assert.equal(kernel('addOne')?.migrated, bytes);
    assert.ok((kernel('addOne')?.faults ?? 0) > 0);
    assert.equal(kernel('twice')?.faults, undefined);
  });

  onGpu('keeps what it did when it aborts, and when it leaves without a word', async (bench) => {
    const aborted = await runStreams(bench, { args: ['abort'] });
    assert.equal(aborted.status, 'kernelFaulted');
    assert.match(aborted.message, /SIGABRT/);
    const count = (trace: ProgramTrace | undefined, name: string) =>
      trace?.totals
        .filter((total) => total.kind === 'kernel' && total.name === name)
        .reduce((sum, t) => sum + t.count, 0);
    assert.equal(count(aborted.trace, 'scale'), 26);

    const left = await runStreams(bench, { args: ['exit'] });
    assertOk(left);
    assert.equal(left.exitCode, 3);
    // `_exit` runs nothing of ours: the last flush before it counts.
    assert.equal(count(left.trace, 'scale'), 26);
  });

  onGpu('runs an executable of the project, and says what does not link', async (bench) => {
    const missing = await runStreams(bench, { program: 'nothing-here' });
    assert.equal(missing.status, 'launchFailed');
    const noMain = await runProgramOnGpu(
      {
        source: { file, text: 'void other();\nint main() { other(); }\n', flags: [] },
        toolkit: bench.toolkit,
        gpu: 'auto',
        compiler: '',
      },
      { signal: new AbortController().signal, cacheDirectory, timeLimit: 60 },
    );
    assert.equal(noMain.status, 'buildFailed');
    assert.match(noMain.message, /other\(\) is defined elsewhere.*launch configuration/);
    const echo = await runStreams(bench, { program: '/bin/echo', args: ['hi'] });
    assertOk(echo);
    assert.equal(echo.output, 'hi\n');
    assert.match(echo.notes.join(), /did not use CUDA/);
  });
});
