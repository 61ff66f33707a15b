/** What toolkits before the newest do otherwise. The dry runs were printed by nvcc 11.8 and 12.4. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { locateToolkit, resourceUsageOf, withoutRefused, type Toolkit } from '../../../server/src/toolchain';
import { diagnose } from '../../../server/src/toolchain/diagnose';
import { parseDryrun } from '../../../server/src/toolchain/warm/dryrun';
import { passesOf } from '../../../server/src/toolchain/warm/passes';

const text = '__global__ void k(int* a) {\n  a[0] = missing;\n}\n';
const signal = new AbortController().signal;

async function toolkitHere(): Promise<Toolkit | undefined> {
  const search = await locateToolkit({ setting: '', hostCompiler: '' });
  return search.found ? search.toolkit : undefined;
}

describe.each(['11.8', '12.4'])('the passes of CUDA %s', (version) => {
  it('are found where nvcc finds them, which it names without their folders', () => {
    const passes = passesOf(parseDryrun(readFileSync(`test/fixtures/dryrun/cuda-${version}.txt`, 'utf8')));
    expect(passes).toMatchObject({
      host: { frontEnd: { executable: 'cudafe++' }, preprocess: { executable: 'gcc' } },
      device: { frontEnd: { executable: 'cicc' }, preprocess: { executable: 'gcc' } },
    });
    const root = `/usr/local/cuda-${version}/bin`;
    for (const pass of [passes?.host, passes?.device])
      expect(pass?.searchPath).toBe(`${root}/../nvvm/bin:${root}:/usr/local/cuda-${version}/bin:/usr/bin:/bin`);
  });
});

describe('nvcc', () => {
  it.skipIf(process.platform === 'win32')('may not know the option that stops behind the syntax', async (context) => {
    const toolkit = await toolkitHere();
    if (toolkit === undefined) return context.skip('nvcc is not installed');
    const folder = await mkdtemp(path.join(os.tmpdir(), 'old nvcc '));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // In the words of nvcc 11.8; all else is the real one's.
    const nvcc = path.join(folder, 'nvcc');
    const refusal = "nvcc fatal   : Unknown option '-fdevice-syntax-only'";
    const script = `#!/bin/sh\nfor a; do [ "$a" = -fdevice-syntax-only ] && { echo "${refusal}" >&2; exit 1; }; done\nexec "${toolkit.nvcc}" "$@"\n`;
    await writeFile(nvcc, script);
    await chmod(nvcc, 0o755);
    await expect(promisify(execFile)(nvcc, ['-fdevice-syntax-only'])).rejects.toThrow(refusal);
    const request = { toolkit: { ...toolkit, nvcc }, file: '/a.cu', text, architecture: undefined, flags: [] };
    for (let time = 0; time < 2; time++) {
      const answer = await diagnose({ ...request, depth: 'syntax', timeLimitMs: 60_000, signal });
      expect(answer).toMatchObject({ status: 'ok', messages: [{ file: '/a.cu', line: 2, severity: 'error' }] });
    }
  });

  it('refuses every architecture with the one that it does not know; the others can be asked for', async (context) => {
    const toolkit = await toolkitHere();
    if (toolkit === undefined) return context.skip('nvcc is not installed');
    const architectures = ['sm_90', 'sm_10', 'sm_80'];
    const request = {
      toolkit,
      file: '/a.cu',
      text: text.replace('missing', '1'),
      flags: [],
      timeLimitMs: 60_000,
      signal,
    };
    const refused = await resourceUsageOf({ ...request, architectures });
    if (refused.status !== 'failed') throw new Error(refused.status);
    const others = withoutRefused(architectures, refused.result);
    expect(others).toEqual(['sm_90', 'sm_80']);
    const answer = await resourceUsageOf({ ...request, architectures: others });
    expect(answer.status === 'ok' && answer.resources.map(({ architecture }) => architecture).sort()).toEqual([
      'sm_80',
      'sm_90',
    ]);
  });
});
