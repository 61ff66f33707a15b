/** Sanitize through the real server where there is no GPU: the CPU's checks, as problems until the next edit. */
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { SanitizeResult } from '../../protocol/src/sanitize';
import { TestClient } from './client';
import { classic, folderWith, has } from './files';

let compiler = false;
let client: TestClient | undefined;

beforeAll(async () => {
  compiler = await has('g++');
});

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function open(text: string, trusted = true) {
  client = await TestClient.start({
    settings: { diagnostics: { nvcc: 'off' }, lint: { enable: false }, run: { device: 'cpu' } },
    initializationOptions: { trusted },
  });
  const file = path.join(await folderWith({ 'kernel.cu': '' }), 'kernel.cu');
  const uri = await client.open(file, text);
  const sanitize = () =>
    client?.connection.sendRequest<SanitizeResult>('kernelLens/sanitizeKernel', {
      uri,
      kernel: 'vectorAdd',
      tools: ['memcheck'],
    });
  return { server: client, uri, file, sanitize };
}

const wrong = classic.replace('if (i < N) C[i]', 'C[i + 1]');

describe('Sanitize Kernel', () => {
  it('shows what the CPU finds at its line, until the file is edited', async (context: TestContext) => {
    context.skip(!compiler, 'g++ is not installed');
    const { server, uri, file, sanitize } = await open(wrong);
    const line = wrong.split('\n').findIndex((text) => text.includes('C[i + 1]'));
    const result = await sanitize();
    expect(result).toMatchObject({ status: 'ok', device: { kind: 'cpu' } });
    expect(result).toMatchObject({
      findings: [{ tool: 'memcheck', kind: 'access', location: { file, line: line + 1 } }],
    });
    const shown = await server.diagnosticsOf(uri, (all) => all.length > 0);
    const text = wrong.split('\n')[line] ?? '';
    expect(shown).toMatchObject([
      {
        source: 'compute-sanitizer',
        code: 'memcheck',
        range: {
          start: { line, character: text.length - text.trimStart().length },
          end: { line, character: text.length },
        },
      },
    ]);
    await server.replace(uri, 'C[i + 1]', 'if (i < N) C[i]');
    await server.diagnosticsOf(uri, (all) => all.length === 0);
    expect(await sanitize()).toMatchObject({ status: 'ok', findings: [] });
  });

  it('runs nothing in a workspace that is not trusted', async () => {
    const { sanitize } = await open(wrong, false);
    expect(await sanitize()).toMatchObject({ status: 'planFailed' });
  });
});
