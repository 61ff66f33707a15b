import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { diskMessage, diskProblem } from '../../../server/src/toolchain';
import { writeScratch } from '../../../server/src/toolchain/scratch';

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** As Node makes them; a full disk is not at hand everywhere. */
function failed(code: string, syscall: string, file?: string): Error {
  return Object.assign(new Error(`${code}: …, ${syscall}`), { code, syscall, ...(file && { path: file }) });
}

describe('diskMessage', () => {
  it('names the folder and what to do', () => {
    expect(diskMessage(failed('ENOSPC', 'write'), '/cache')).toBe(
      'There is no room left in /cache. Free some space there.',
    );
    expect(diskMessage(failed('EDQUOT', 'open', '/cache/builds/x'))).toContain('no room left in /cache/builds');
    expect(diskMessage(failed('EROFS', 'mkdtemp', '/cache/x'))).toBe(
      'Kernel Lens may not write in /cache (EROFS). Allow it to.',
    );
    expect(diskMessage(failed('EACCES', 'mkdir', '/cache'))).toContain('/cache cannot be made (EACCES)');
    expect(diskMessage(failed('ENOTDIR', 'mkdtemp', '/cache/x'))).toContain('/cache cannot be made (ENOTDIR)');
    expect(diskMessage(failed('EIO', 'read'))).toContain('EIO: …, read');
  });

  it('offers another folder for temporary files, whose own folder has no name that people know', () => {
    const own = path.join(os.tmpdir(), 'kernel-lens-0123456789ab-1-1-x', 'source-x', 'source.cu');
    for (const folder of [failed('ENOSPC', 'open', own), failed('ENOSPC', 'open', path.join(os.tmpdir(), 'a'))]) {
      expect(diskMessage(folder)).toMatch(
        `no room left in ${os.tmpdir()}. Free some space there. Or let the environment variable `,
      );
    }
  });

  it('leaves bugs to others', () => {
    expect(diskMessage(new TypeError('x'))).toBeUndefined();
    expect(diskMessage('x')).toBeUndefined();
  });
});

describe('diskProblem', () => {
  it('believes the output, and else tries', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'disk '));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    expect(await diskProblem('a.s: No space left on device', folder)).toContain(folder);
    expect(await diskProblem('error: expected ;', folder)).toBeUndefined();
    const file = path.join(folder, 'file');
    await writeFile(file, 'mine');
    expect(await diskProblem('', file)).toContain('ENOTDIR');
    expect(await readFile(file, 'utf8')).toBe('mine');
  });
});

it('a copy that cannot be written says so', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'disk '));
  const { TMPDIR } = process.env;
  onTestFinished(async () => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    await rm(folder, { recursive: true, force: true });
  });
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  process.env['TMPDIR'] = file;
  expect(diskMessage(await errorOf(writeScratch('/a.cu', '')))).toContain(file);
});
