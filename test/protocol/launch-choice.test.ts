/** Choosing the launch that is planned, and writing a plan down above the kernel. */
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CodeLens } from 'vscode-languageserver-protocol';
import {
  chooseLaunchRequest,
  configureRequest,
  launchesRequest,
  planRequest,
  type ConfigureAnswer,
  type LaunchPlan,
  type PlanAnswer,
  type PossibleLaunches,
} from '../../protocol/src';
import { TestClient } from './client';
import { folderWith } from './files';

let client: TestClient | undefined;

async function open(text: string): Promise<{ server: TestClient; uri: string }> {
  client = await TestClient.start({ settings: { diagnostics: { nvcc: 'off' } } });
  const uri = await client.open(path.join(await folderWith({}), 'a.cu'), text);
  return { server: client, uri };
}

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function planOf(server: TestClient, uri: string, kernel: string): Promise<LaunchPlan> {
  const answer = await server.connection.sendRequest<PlanAnswer>(planRequest, { uri, kernel });
  if (!('plan' in answer)) throw new Error(answer.message);
  return answer.plan;
}

async function lensTitles(server: TestClient, uri: string): Promise<string[]> {
  const lenses = await server.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
  return lenses.map(({ command }) => command?.title ?? '');
}

const program = `template <typename T, int BLOCK>
__global__ void scale(T* data, T factor, int n) {
  int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i < n) data[i] *= factor;
}
template __global__ void scale<int, 32>(int*, int, int);
void small(float* f) { scale<float, 64><<<4, 64>>>(f, 2.0f, 256); }
void large(double* d) { scale<double, 128><<<32, 128>>>(d, 2.0, 4096); }
void unknown(float* f, int n) { scale<float, 256><<<(n + 255) / 256, 256>>>(f, 1.0f, n); }
`;

describe('choosing a launch', () => {
  it('offers launches and other instantiations, and plans what was chosen until it is gone', async () => {
    const { server, uri } = await open(program);
    const target = { uri, kernel: 'scale' };
    const { launches } = await server.connection.sendRequest<PossibleLaunches>(launchesRequest, target);
    expect(launches.map(({ line, function: fn, known, all, current }) => [line, fn, known, all, current])).toEqual([
      [7, 'small', 9, 10, true],
      [8, 'large', 9, 10, false],
      [9, 'unknown', 7, 10, false],
      [undefined, undefined, undefined, undefined, false],
    ]);
    expect(launches.map(({ choice }) => choice === undefined)).toEqual([true, false, false, false]);
    expect(launches[3]?.text).toBe('scale<int, 32>');
    expect(await lensTitles(server, uri)).toContain('scale<float, 64> · launch 1 of 3 · line 7');

    const choose = (choice: unknown) =>
      server.connection.sendRequest(chooseLaunchRequest, { chosen: [{ ...target, choice }] });
    await choose(launches[1]?.choice);
    expect((await planOf(server, uri, 'scale')).templateArguments).toEqual(['double', '128']);
    expect(await lensTitles(server, uri)).toContain('scale<double, 128> · launch 2 of 3 · line 8');

    // The choice follows its launch through edits.
    await server.replace(
      uri,
      'void small',
      'void first(float* f) { scale<float, 16><<<1, 16>>>(f, 1.0f, 16); }\nvoid small',
    );
    const moved = await planOf(server, uri, 'scale');
    expect([moved.templateArguments, moved.launch]).toEqual([['double', '128'], { index: 2, count: 4 }]);

    await choose(launches[3]?.choice);
    expect((await planOf(server, uri, 'scale')).templateArguments).toEqual(['int', '32']);
    await choose(undefined);
    expect((await planOf(server, uri, 'scale')).templateArguments).toEqual(['float', '16']);
  });
});

describe('configuring', () => {
  const kernel = `__global__ void add(const float* A, float* C, float factor, int N) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < N) C[i] = A[i] * factor;
}
`;

  it('writes down what no launch tells, as a directive that plans the same', async () => {
    const { server, uri } = await open(`int unrelated;\n\n${kernel}`);
    const before = await planOf(server, uri, 'add');
    const answer = await server.connection.sendRequest<ConfigureAnswer>(configureRequest, { uri, kernel: 'add' });
    if (!('insert' in answer)) throw new Error('nothing to insert');
    const n = before.arguments.find(({ name }) => name === 'N');
    const value = n?.kind === 'scalar' ? n.value : '';
    expect(answer.insert).toBe(
      `// kernel-lens: factor=1, N=${value}, block=256, grid=ceil(N/block), A[N]=random(0, 1), C[N]=zeros\n`,
    );
    expect(answer.line).toBe(2);
    expect(answer.insert.slice(answer.cursor.character)).toMatch(/^1, N=/);
    await server.replace(uri, '__global__', `${answer.insert}__global__`);
    const after = await planOf(server, uri, 'add');
    const values = ({ grid, block, arguments: list }: LaunchPlan) => [
      grid,
      block,
      list.map((argument) => ({ ...argument, provenance: undefined, fillProvenance: undefined })),
    ];
    expect(values(after)).toEqual(values(before));
    expect(after.provenance.grid).toEqual({ kind: 'directive', line: 3 });

    const again = await server.connection.sendRequest<ConfigureAnswer>(configureRequest, { uri, kernel: 'add' });
    expect(again).toEqual({ cursor: { line: 2, character: answer.insert.trimEnd().length } });
  });

  it('leaves to the launch what the launch tells', async () => {
    const { server, uri } = await open(`${kernel}
int main() {
  float *a, *c;
  cudaMalloc(&a, 1000 * sizeof(float));
  cudaMalloc(&c, 1000 * sizeof(float));
  add<<<4, 256>>>(a, c, 2.0f, 1000);
}`);
    const answer = await server.connection.sendRequest<ConfigureAnswer>(configureRequest, { uri, kernel: 'add' });
    expect('insert' in answer && answer.insert).toBe('// kernel-lens: A=random(0, 1), C=zeros\n');
  });
});
