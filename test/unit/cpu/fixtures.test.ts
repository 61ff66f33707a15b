/** Whole programs with what they must print, and programs that must fail, with what must be said of them. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SourceText } from '../../../server/src/runner/backend';
import { fixture, fixtures, lineOf, runProgram, warmUp } from './support';

warmUp();

function filesIn(folder: string): string[] {
  return readdirSync(path.join(fixtures, folder))
    .filter((name) => name.endsWith('.cu'))
    .map((name) => path.join(folder, name));
}

/** Values of the comments `// key: value` of a fixture. */
function expected(from: SourceText, key: string): string[] {
  return [...from.text.matchAll(new RegExp(`^// ${key}: (.*)$`, 'gm'))].map((match) => match[1] ?? '');
}

describe('programs', () => {
  it.each(filesIn('programs'))('%s prints what its comments say', async (name) => {
    const from = fixture(name);
    const result = await runProgram(from);
    expect(result).toMatchObject({ status: 'ok', exitCode: Number(expected(from, 'exit')[0] ?? 0) });
    if (result.status !== 'ok') return;
    expect(result.output.trimEnd().split('\n')).toEqual(expected(from, 'output'));
    expect(result.kernels.length).toBeGreaterThan(0);
    for (const kernel of result.kernels) {
      expect(kernel.launches).toBeGreaterThan(0);
      expect(kernel.total).toBeGreaterThan(0);
    }
  });
});

describe('faults', () => {
  it.each(filesIn('faults'))('%s is told as its comments say', async (name) => {
    const from = fixture(name);
    const result = await runProgram(from);
    expect(result).toMatchObject({ status: 'kernelFaulted', fault: expected(from, 'fault')[0] });
    if (result.status !== 'kernelFaulted') return;
    if (from.text.includes('// <- here')) {
      expect(result.location).toMatchObject({ file: from.file, line: lineOf(from, '// <- here') });
    }
    for (const pattern of [...expected(from, 'message'), ...expected(from, 'anywhere')]) {
      expect(result.message).toMatch(new RegExp(pattern));
    }
    const coordinates = (key: string) => expected(from, key)[0]?.split(',').map(Number);
    if (coordinates('block')) expect(result.block).toEqual(coordinates('block'));
    if (coordinates('thread')) expect(result.thread).toEqual(coordinates('thread'));
  });
});
