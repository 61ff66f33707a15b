import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Compilers, locateToolkit, type Inquiry, type Toolkit } from '../../../server/src/toolchain';
import { verifyWarm } from '../../../server/src/toolchain/warm';

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(os.tmpdir(), 'kernel lens compilers '));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A toolkit whose nvcc is this script; it answers to no search, so it is described here. */
async function scripted(script: string): Promise<Toolkit> {
  const root = await folder();
  const nvcc = path.join(root, 'bin', 'nvcc');
  await mkdir(path.dirname(nvcc));
  await writeFile(nvcc, `#!/bin/sh\n${script}\n`);
  await chmod(nvcc, 0o755);
  return { nvcc, root, version: { major: 13, minor: 0, full: '13.0.0' }, origin: 'setting', hostCompiler: '' };
}

const logged: string[] = [];
const log = { info: (message: string) => void logged.push(message) };

function inquiry(toolkit: Toolkit, file: string, text = 'int x = missing;\n'): Inquiry & { abort(): void } {
  const controller = new AbortController();
  return {
    toolkit,
    file,
    text,
    architecture: undefined,
    flags: [],
    timeLimitMs: 60_000,
    signal: controller.signal,
    abort: () => controller.abort(),
  };
}

describe.skipIf(process.platform === 'win32')('Compilers', () => {
  it('runs one compilation at a time, the newest question first', async () => {
    const journal = path.join(await folder(), 'journal');
    const toolkit = await scripted(`
for last; do :; done
name=$(sed -n '1s/.*\\/\\(.\\)\\.cu".*/\\1/p' "$last")
echo "begin $name" >> "${journal}"; sleep 0.2; echo "end $name" >> "${journal}"`);
    const compilers = new Compilers(log);
    const asked = ['a', 'b', 'c', 'd'].map((name) => inquiry(toolkit, `/p/${name}.cu`));
    const answers = asked.map((each) => compilers.compile(each, 'syntax'));
    asked[1]?.abort();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(['ok', 'cancelled', 'ok', 'ok']);
    const lines = (await readFile(journal, 'utf8')).trim().split('\n');
    expect(lines).toEqual(['begin a', 'end a', 'begin d', 'end d', 'begin c', 'end c']);
  });

  it('asks nvcc itself where the front ends cannot wait', async (context) => {
    const search = await locateToolkit({ setting: '', hostCompiler: '' });
    if (!search.found) return context.skip('nvcc is not installed');
    // As a toolkit might be whose dry run looks different: everything else is the real nvcc.
    const toolkit = await scripted(
      `case " $* " in *" --dryrun "*) echo '#$ something new' >&2; exit 0;; esac\nexec "${search.toolkit.nvcc}" "$@"`,
    );
    expect(await verifyWarm(toolkit, undefined)).toContain('--dryrun does not look as expected');
    const compilers = new Compilers(log);
    const asked = inquiry(toolkit, '/p/a.cu');
    for (let round = 0; round < 2; round++) {
      const answer = await compilers.frontEnds(asked, () => undefined);
      expect(answer.status === 'ok' && answer.messages.map(({ message }) => message)).toEqual([
        'identifier "missing" is undefined',
      ]);
    }
    await compilers.dispose();
  });

  it('tells a compiler that crashes or says nothing from one that finds nothing', async () => {
    const compilers = new Compilers(log);
    const crash = await compilers.compile(inquiry(await scripted('kill -SEGV $$'), '/p/a.cu'), 'syntax');
    expect(crash).toMatchObject({ status: 'failed', message: expect.stringContaining('crashed') as string });
    const silent = await compilers.compile(inquiry(await scripted('echo no license >&2; exit 4'), '/p/a.cu'), 'syntax');
    expect(silent).toMatchObject({ status: 'failed', message: 'nvcc ended with code 4: no license' });
    const clean = await compilers.compile(inquiry(await scripted('exit 0'), '/p/a.cu'), 'syntax');
    expect(clean).toMatchObject({ status: 'ok', messages: [] });
  });
});
