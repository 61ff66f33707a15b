/** Plans of structures, arrays of pointers, vectors and variables on the device. */
import { describe, expect, it } from 'vitest';
import type { LaunchPlan } from '../../../protocol/src';
import { answerFor, buffer, planFor, scalar, zeros } from './support';

function argument(plan: LaunchPlan, name: string) {
  return plan.arguments.find((candidate) => candidate.name === name);
}

describe('indices that buffers hold', () => {
  const plan = async (statements: string, allocations: string) =>
    planFor(
      `__constant__ float table[40];
__global__ void k(const int* at, const int* bin, float* x, int* hist, int n) {
  __shared__ int local[12];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  ${statements}
}
int main() {
  int *at, *bin, *hist; float* x; int n = 1000;
  cudaMalloc(&at, n * 4); cudaMalloc(&bin, n * 4);
  ${allocations}
  k<<<4, 256>>>(at, bin, x, hist, n);
}`,
      'k',
    );
  const high = (planned: LaunchPlan, name: string) => {
    const { fill } = buffer(planned, name);
    return fill.kind === 'random' ? fill.high : fill;
  };

  it('stay within what they index, be it a buffer of the file, a variable or shared memory', async () => {
    const planned = await plan(
      'int b = bin[i]; atomicAdd(&hist[b * 2 + 1], 1); x[i] = table[at[i]];',
      'cudaMalloc(&hist, 32 * 4); cudaMalloc(&x, n * 4);',
    );
    expect([high(planned, 'bin'), high(planned, 'at')]).toEqual([16, 40]);
    expect(buffer(planned, 'bin').fillProvenance).toEqual({ kind: 'default', why: 'its values are indices into hist' });
    const shared = await plan('local[bin[i]] = at[i]; x[i] = local[0];', 'cudaMalloc(&x, n * 4);');
    expect([high(shared, 'bin'), high(shared, 'at')]).toEqual([12, 100]);
  });

  it('are left alone where they fit, and where something else leads beyond', async () => {
    const planned = await plan('x[at[i]] = 1;', 'cudaMalloc(&x, n * 4);');
    expect(high(planned, 'at')).toBe(100);
    const beyond = await plan('x[at[i] + 5000] = 1;', 'cudaMalloc(&x, n * 4);');
    expect(high(beyond, 'at')).toBe(100);
  });
});

describe('enumerations', () => {
  it.each(['enum Mode { off, on };', 'typedef enum { off, on } Mode;', 'enum class Mode : int { off, on };'])(
    'are integers: %s',
    async (declared) => {
      const plan = await planFor(
        `${declared} __global__ void k(float* x, Mode mode) { x[threadIdx.x] = int(mode); }`,
        'k',
      );
      expect(scalar(plan, 'mode').scalar).toBe('i32');
    },
  );
});

describe('structures by value', () => {
  const source = `struct Extent { int x, y; };
struct Params {
  char tag;
  double scale;
  Extent extent;
  const float* in;
  float* out;
  int n;
  float table[4];
};
__global__ void k(const __grid_constant__ Params p) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < p.n) p.out[i] = p.in[2 * i] * p.scale + p.extent.x;
}
`;

  it('have arrays that the host fills and the kernel indexes; what stays zero says so', async () => {
    const plan = await planFor(
      `struct View { float* data; int sizes[2]; float* parts[2]; float** rows; float big[1000]; };
__global__ void k(View v) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < v.sizes[0] * v.sizes[1]) v.parts[1][2 * i] = v.data[i] + v.rows[0][i] + v.big[i];
}
int main() { View v = {0, {32, 16}}; v.sizes[1] = 8; cudaMalloc(&v.data, 300 * 4); k<<<1, 256>>>(v); }`,
      'k',
    );
    const v = argument(plan, 'v');
    if (v?.kind !== 'struct') throw new Error(`v is ${v?.kind ?? 'missing'}`);
    const at = (path: string) => v.members.find((member) => member.path === path)?.value;
    expect([at('sizes[0]'), at('sizes[1]')]).toMatchObject([{ value: '32' }, { value: '8' }]);
    expect(at('data')).toMatchObject({ count: 300, provenance: { kind: 'allocation', line: 6 } });
    expect(at('parts[0]')).toMatchObject({ kind: 'buffer', count: 511 });
    expect(v.zero).toMatchObject([{ path: 'rows' }, { path: 'big' }]);
  });

  it('lie as the device lays them out, and their pointers lead to buffers as long as the kernel reaches', async () => {
    const plan = await planFor(source, 'k', 1000);
    const p = argument(plan, 'p');
    if (p?.kind !== 'struct') throw new Error(`p is ${p?.kind ?? 'missing'}`);
    expect(p.bytes).toBe(64);
    expect(p.members.map(({ path, offset, value }) => [path, offset, value.kind])).toEqual([
      ['tag', 0, 'scalar'],
      ['scale', 8, 'scalar'],
      ['extent.x', 16, 'scalar'],
      ['extent.y', 20, 'scalar'],
      ['in', 24, 'buffer'],
      ['out', 32, 'buffer'],
      ['n', 40, 'scalar'],
      ...[0, 1, 2, 3].map((index) => [`table[${index}]`, 44 + 4 * index, 'scalar']),
    ]);
    const member = (path: string) => p.members.find((candidate) => candidate.path === path)?.value;
    expect(member('n')).toMatchObject({ value: '1000', scalar: 'i32' });
    expect(member('in')).toMatchObject({ count: 1999, access: 'read', constant: true });
    expect(member('out')).toMatchObject({ count: 1000, access: 'write', fill: zeros });
    expect(plan.grid[0] * plan.block[0]).toBeGreaterThanOrEqual(1000);
  });

  it('take what the host writes into them', async () => {
    const plan = await planFor(
      `${source}
int main() {
  float *a, *b;
  cudaMalloc(&a, 4096 * sizeof(float));
  cudaMalloc(&b, 512 * sizeof(float));
  Params p = {};
  p.n = 512;
  p.scale = 0.25;
  p.extent.x = 3;
  p.in = a;
  p.out = b;
  k<<<2, 256>>>(p);
}`,
      'k',
    );
    const p = argument(plan, 'p');
    const values = Object.fromEntries(
      p?.kind === 'struct'
        ? p.members.map(({ path, value }) => [
            path,
            value.kind === 'scalar' ? value.value : value.kind === 'buffer' && value.count,
          ])
        : [],
    );
    expect(values).toMatchObject({ n: '512', scale: '0.25', 'extent.x': '3', in: 4096, out: 512 });
  });

  it('obey directives by member', async () => {
    const under = (directive: string) => source.replace('__global__', `// kernel-lens: ${directive}\n__global__`);
    const plan = await planFor(under('p.n=64, p.in[200]=ramp, p.scale=0.5'), 'k');
    const p = argument(plan, 'p');
    expect(p).toMatchObject({ kind: 'struct' });
    const text = JSON.stringify(p);
    expect(text).toContain('"count":200');
    expect(plan.grid).toEqual([1, 1, 1]);
    const wrong = await answerFor(under('p.m=64'), 'k');
    expect(wrong).toMatchObject({ message: expect.stringContaining('no member m') as string });
  });

  it('a vector is a structure of its lanes', async () => {
    const plan = await planFor(
      `__global__ void k(float4 color, float4* out) { out[threadIdx.x] = color; }
int main() { float4* o; cudaMalloc(&o, 64 * sizeof(float4)); k<<<1, 64>>>(make_float4(1, 2, 3, 4), o); }`,
      'k',
    );
    const color = argument(plan, 'color');
    expect(color).toMatchObject({ kind: 'struct', bytes: 16 });
    expect(
      color?.kind === 'struct' && color.members.map(({ value }) => value.kind === 'scalar' && value.value),
    ).toEqual(['1', '2', '3', '4']);
  });

  it('in a buffer are lanes of one type, or bytes', async () => {
    const plan = await planFor(
      `struct Body { float x, y, z, vx, vy, vz; };
struct Cell { float weight; int next; };
__global__ void k(Body* bodies, Cell* cells, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) { bodies[i].x += bodies[i].vx; cells[i].weight += 1; }
}`,
      'k',
      1000,
    );
    expect(buffer(plan, 'bodies')).toMatchObject({ count: 1000, element: { scalar: 'f32', lanes: 6, bytes: 24 } });
    expect(buffer(plan, 'bodies').fill.kind).toBe('random');
    expect(buffer(plan, 'cells')).toMatchObject({ count: 1000, element: { scalar: 'u8', bytes: 8 }, fill: zeros });
  });
});

describe('arrays of pointers', () => {
  it('have as many buffers as the first index reaches, as long as the second one', async () => {
    const plan = await planFor(
      `__global__ void gemmBatched(const float** A, float** C, int batch, int n) {
  const float* a = A[blockIdx.z];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) C[blockIdx.z][i] = a[i];
}
int main() { float **a, **c; gemmBatched<<<dim3(4, 1, 10), 256>>>((const float**)a, c, 10, 1000); }`,
      'gemmBatched',
    );
    expect(argument(plan, 'A')).toMatchObject({ kind: 'pointers', pointers: 10, count: 1000, access: 'read' });
    expect(argument(plan, 'C')).toMatchObject({ kind: 'pointers', pointers: 10, count: 1000, fill: zeros });
  });

  it('of objects are left to the program', async () => {
    const answer = await answerFor(
      'struct Shape { virtual void draw(); };\n__global__ void k(Shape** s) { s[0]->draw(); }',
      'k',
    );
    expect(answer).toMatchObject({ message: expect.stringContaining('objects of Shape') as string });
  });
});

describe('variables on the device', () => {
  it('that the program fills are filled; an initializer keeps its value', async () => {
    const plan = await planFor(
      `constexpr int width = 9;
__constant__ float weights[width];
__constant__ int count;
__constant__ float given[2] = {1.0f, 2.0f};
__device__ unsigned int hits;
__device__ float unused[16];
__device__ float weighted(float x) { return x * weights[0] * given[1]; }
__global__ void k(const float* in, float* out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) { out[i] = weighted(in[i]); atomicAdd(&hits, 1u); }
}
int main() { int n = 500; cudaMemcpyToSymbol(count, &n, sizeof(int)); float *a, *b; k<<<2, 256>>>(a, b); }`,
      'k',
    );
    const globals = Object.fromEntries((plan.globals ?? []).map((variable) => [variable.name, variable]));
    expect(Object.keys(globals).sort()).toEqual(['count', 'hits', 'weights']);
    expect(globals['weights']).toMatchObject({ space: 'constant', count: 9, access: 'read', fill: { kind: 'random' } });
    expect(globals['count']).toMatchObject({ fill: { kind: 'constant', value: 500 } });
    expect(globals['hits']).toMatchObject({ space: 'device', count: 1, access: 'readwrite', fill: zeros });
    expect(buffer(plan, 'out').count).toBeGreaterThanOrEqual(500);
    expect(buffer(plan, 'out').count).toBeLessThanOrEqual(512);
  });

  it('obey directives by name', async () => {
    const plan = await planFor(
      `__constant__ float weights[4];
// kernel-lens: weights=ones
__global__ void k(float* out) { out[threadIdx.x] = weights[threadIdx.x % 4]; }`,
      'k',
    );
    expect(plan.globals?.[0]).toMatchObject({
      fill: { kind: 'constant', value: 1 },
      fillProvenance: { kind: 'directive', line: 2 },
      provenance: { kind: 'default', why: 'as many elements as the file declares' },
    });
  });
});

describe('launches of other kinds', () => {
  it('cooperative ones, and clusters', async () => {
    const cooperative = await planFor(
      `__global__ void k(float* a) { a[threadIdx.x] = 1; }
void run(float* a) { void* args[] = {&a}; cudaLaunchCooperativeKernel((void*)k, dim3(4), dim3(32), args); }`,
      'k',
    );
    expect(cooperative.cooperative).toBe(true);
    const clustered = await planFor(
      `__global__ void k(float* a) { a[threadIdx.x] = 1; }
void run(float* a) {
  cudaLaunchConfig_t config = {};
  config.gridDim = 8;
  config.blockDim = 64;
  cudaLaunchAttribute attribute[1];
  attribute[0].id = cudaLaunchAttributeClusterDimension;
  attribute[0].val.clusterDim.x = 2;
  attribute[0].val.clusterDim.y = 1;
  config.attrs = attribute;
  config.numAttrs = 1;
  cudaLaunchKernelEx(&config, k, a);
}`,
      'k',
    );
    expect(clustered.cluster).toEqual([2, 1, 1]);
    expect(clustered.grid).toEqual([8, 1, 1]);
    expect(
      (await planFor('// kernel-lens: cluster=4, cooperative\n__global__ void k(float* a) { a[0] = 1; }', 'k')).cluster,
    ).toEqual([4, 1, 1]);
  });

  it('take a smaller problem where the assumed one is cubed', async () => {
    const plan = await planFor(
      `__global__ void k(float* a, int total) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < total) a[i] = 1; }
void run(Grid p, float* a) {
  int total = p.K * p.K * p.K;
  cudaMalloc(&a, total * sizeof(float));
  k<<<(total + 255) / 256, 256>>>(a, total);
}`,
      'k',
    );
    const total = Number(scalar(plan, 'total').value);
    expect(Math.round(Math.cbrt(total)) ** 3).toBe(total);
    expect(total).toBeLessThanOrEqual(2 ** 31);
    expect(plan.grid[0]).toBe(Math.ceil(total / 256));
    expect(buffer(plan, 'a').count).toBe(total);
  });

  it('never assume a block that no GPU launches', async () => {
    const plan = await planFor(
      `__global__ void k(float* a, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) a[i] = 1; }
void run(float* a, int n, int limit) { k<<<(n + limit - 1) / limit, limit>>>(a, n); }
void plane(float* a, int n, int w, int h) { }`,
      'k',
    );
    expect(plan.block).toEqual([256, 1, 1]);
    expect(plan.grid[0] * 256).toBeGreaterThanOrEqual(Number(scalar(plan, 'n').value));
  });
});

describe('an allocation whose size is known', () => {
  const source = (more: string) => `
__global__ void k(float* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  ${more}
}
void launch(int block_size) {
  const int n = 3000;
  float* out;
  cudaMalloc(&out, n * sizeof(float));
  k<<<(n + block_size - 1) / block_size, block_size>>>(out, n);
}`;

  it('is believed against a bound that is too loose', async () => {
    const plan = await planFor(source('if (i < n) out[(i * i) % (n * 64) % n] = i;'), 'k');
    expect(buffer(plan, 'out').count).toBe(3000);
    const loose = await planFor(source('int row = i / 10, column = i % 10; if (i < n) out[row * column] = i;'), 'k');
    expect(buffer(loose, 'out').count).toBe(3000);
  });

  it('grows with the threads that an assumed block adds', async () => {
    const plan = await planFor(source('out[i] = n;'), 'k');
    expect(buffer(plan, 'out').count).toBe(plan.grid[0] * plan.block[0]);
  });
});
