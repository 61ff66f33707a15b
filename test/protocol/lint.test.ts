import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { covered, TestClient } from './client';
import { classic, folderWith } from './files';

let client: TestClient | undefined;

/** Lint only: nvcc is switched off, so what is shown is ours. */
async function open(text: string, settings: object = {}): Promise<{ server: TestClient; uri: string }> {
  client = await TestClient.start({ settings: { diagnostics: { nvcc: 'off' }, ...settings } });
  const folder = await folderWith({});
  const uri = await client.open(path.join(folder, 'a.cu'), text);
  return { server: client, uri };
}

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

describe('the lint in the editor', () => {
  it('is silent on the classic, flags it without its guard, and mends it', async () => {
    const { server, uri } = await open(classic);
    expect(await server.diagnosticsOf(uri, () => true)).toEqual([]);
    await server.replace(uri, 'if (i < N) C[i]', 'C[i]');
    const [finding] = await server.diagnosticsOf(uri, (all) => all.length > 0);
    expect(finding).toMatchObject({ code: 'missing-bounds-guard', source: 'Kernel Lens' });
    const actions = finding === undefined ? [] : await server.actions(uri, finding);
    const fix = actions.find(({ isPreferred }) => isPreferred);
    const edits = fix?.edit?.changes?.[uri];
    expect(edits).toBeDefined();
    await server.edit(uri, edits ?? []);
    expect(await server.diagnosticsOf(uri, (all) => all.length === 0)).toEqual([]);
    expect(server.text(uri)).toMatch(/if \(i (>=|<) N\)/);
  });

  it('offers to silence a finding with a comment', async () => {
    const { server, uri } = await open(classic.replace('256>>>', '2048>>>'));
    const all = await server.diagnosticsOf(uri, (list) => list.some(({ code }) => code === 'block-too-large'));
    const finding = all.find(({ code }) => code === 'block-too-large');
    expect(finding && covered(server.document(uri), finding)).toContain('2048');
    const actions = finding === undefined ? [] : await server.actions(uri, finding);
    const silence = actions.find(({ title }) => title === 'Disable block-too-large for this line');
    await server.edit(uri, silence?.edit?.changes?.[uri] ?? []);
    expect(server.text(uri)).toContain('  // kernel-lens-disable-next-line block-too-large\n  vectorAdd<<<');
    const left = await server.diagnosticsOf(uri, (list) => !list.some(({ code }) => code === 'block-too-large'));
    expect(left.map(({ code }) => code)).not.toContain('block-too-large');
  });

  it('obeys the settings', async () => {
    const text = classic.replace('256>>>', '2048>>>');
    const { server, uri } = await open(text, { lint: { rules: { 'block-too-large': 'hint' } } });
    const all = await server.diagnosticsOf(uri, (list) => list.some(({ severity }) => severity === 4));
    expect(all.find(({ code }) => code === 'block-too-large')?.severity).toBe(4);
    await server.configure({ diagnostics: { nvcc: 'off' }, lint: { enable: false } });
    expect(await server.diagnosticsOf(uri, (list) => list.length === 0)).toEqual([]);
  });

  it('survives a file of 50,000 lines and wrong settings', async () => {
    const kernels = Array.from(
      { length: 8_000 },
      (_, i) =>
        `__global__ void k${i}(float* p, int n) {\n  int i = blockIdx.x * blockDim.x + threadIdx.x;\n  if (i < n) {\n    p[i] = ${i};\n  }\n}\n`,
    );
    const text = `${kernels.join('\n')}void f(float* p, int n) { k0<<<1, 2048>>>(p, n); }\n`;
    expect(text.split('\n').length).toBeGreaterThan(50_000);
    const { server, uri } = await open(text, {
      codeLens: 'yes',
      run: { timeLimit: 'long' },
      lint: { rules: { nonsense: 'loud' } },
    });
    const all = await server.diagnosticsOf(uri, (list) => list.length > 0);
    expect(all.map(({ code }) => code)).toContain('block-too-large');
    expect((await server.lenses(uri)).length).toBe(32_000);
  });
});
