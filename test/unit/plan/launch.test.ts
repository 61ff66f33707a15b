/** Plans of kernels that the file launches: the values are the source's. */
import { describe, expect, it } from 'vitest';
import { answerFor, buffer, counts, planFor, scalar, zeros } from './support';

const vectorAdd = `
__global__ void vectorAdd(const float* A, const float* B, float* C, int N) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < N) C[i] = A[i] + B[i];
}
`;

describe('a launch whose sizes fold', () => {
  it('gives every value, with its line', async () => {
    const plan = await planFor(
      `${vectorAdd}
int main() {
  const int N = 1000;
  float *a, *b, *c;
  cudaMalloc(&a, N * sizeof(float));
  cudaMalloc(&b, N * sizeof(float));
  cudaMalloc(&c, N * sizeof(float));
  vectorAdd<<<(N + 255) / 256, 256>>>(a, b, c, N);
}
`,
      'vectorAdd',
    );
    expect(plan.grid).toEqual([4, 1, 1]);
    expect(plan.block).toEqual([256, 1, 1]);
    expect(plan.line).toBe(2);
    expect(plan.provenance.grid).toEqual({ kind: 'launchSite', line: 13 });
    expect(counts(plan)).toEqual({ A: 1000, B: 1000, C: 1000 });
    expect(buffer(plan, 'A')).toMatchObject({
      access: 'read',
      fill: { kind: 'random', low: 0, high: 1 },
      provenance: { kind: 'allocation', line: 10 },
    });
    expect(buffer(plan, 'C')).toMatchObject({ access: 'write', fill: zeros });
    expect(scalar(plan, 'N')).toMatchObject({
      scalar: 'i32',
      value: '1000',
      provenance: { kind: 'launchSite', line: 13 },
    });
  });

  it('keeps 64-bit integers exact and floats as written', async () => {
    const plan = await planFor(
      `__global__ void k(long long big, float small, bool flag, float* out) { out[0] = big * small * flag; }
int main() { float* o; cudaMalloc(&o, 4); k<<<1, 1>>>(9007199254740993LL, 0.1f, true, o); }`,
      'k',
    );
    expect(scalar(plan, 'big').value).toBe('9007199254740993');
    expect(Number(scalar(plan, 'small').value)).toBeCloseTo(0.1, 6);
    expect(scalar(plan, 'flag').value).toBe('1');
  });

  it('reads a tiled matrix product', async () => {
    const plan = await planFor(
      `#define TILE 32
__global__ void sgemm(int M, int N, int K, const float* A, const float* B, float* C) {
  __shared__ float a[TILE][TILE];
  int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
  a[threadIdx.y][threadIdx.x] = A[row * K + threadIdx.x] + B[col];
  if (row < M && col < N) C[row * N + col] = a[threadIdx.x][threadIdx.y];
}
int main() {
  int M = 512, N = 256, K = 128;
  float *A, *B, *C;
  cudaMalloc((void**)&A, sizeof(float) * M * K);
  cudaMalloc((void**)&B, sizeof(float) * K * N);
  cudaMalloc((void**)&C, sizeof(float) * M * N);
  dim3 block(TILE, TILE), grid((N + TILE - 1) / TILE, (M + TILE - 1) / TILE);
  sgemm<<<grid, block>>>(M, N, K, A, B, C);
}`,
      'sgemm',
    );
    expect(plan.grid).toEqual([8, 16, 1]);
    expect(plan.block).toEqual([32, 32, 1]);
    expect(counts(plan)).toEqual({ A: 512 * 128, B: 128 * 256, C: 512 * 256 });
  });

  it('reads a reduction with dynamic shared memory', async () => {
    const plan = await planFor(
      `__global__ void reduce(const double* in, double* out, unsigned n) {
  extern __shared__ double s[];
  s[threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = s[0];
}
int main() {
  const int threads = 128;
  double *in, *out;
  cudaMalloc(&in, 1024 * sizeof(double));
  cudaMalloc(&out, 8 * sizeof(double));
  reduce<<<8, threads, threads * sizeof(double)>>>(in, out, 1024u);
}`,
      'reduce',
    );
    expect(plan.sharedBytes).toBe(1024);
    expect(buffer(plan, 'in').element).toEqual({ scalar: 'f64', lanes: 1, bytes: 8 });
    expect(counts(plan)).toEqual({ in: 1024, out: 8 });
  });

  it('takes template arguments from the launch, or from what it passes', async () => {
    const source = (launch: string) => `
template <typename T, int N> __global__ void scale(T* data, T factor) { data[threadIdx.x + blockIdx.x * N] *= factor; }
int main() {
  double* d;
  cudaMalloc(&d, 64 * sizeof(double));
  ${launch}
}`;
    const explicit = await planFor(source('scale<double, 8><<<8, 8>>>(d, 2.0);'), 'scale');
    expect(explicit.templateArguments).toEqual(['double', '8']);
    expect(explicit.provenance.templateArguments.kind).toBe('launchSite');
    expect(explicit.arguments.map(({ type }) => type.replace(/\s/g, ''))).toEqual(['double*', 'double']);
    const deduced = await planFor(
      `template <typename T> __global__ void fill(T* data, int n) { if (threadIdx.x < n) data[threadIdx.x] = 0; }
int main() { unsigned int *x; cudaMalloc(&x, 400); fill<<<1, 100>>>(x, 100); }`,
      'fill',
    );
    expect(deduced.templateArguments).toEqual(['unsigned int']);
    expect(buffer(deduced, 'data')).toMatchObject({ count: 100, element: { scalar: 'u32' } });
  });

  it('a type that only the launching function knows gives way to float', async () => {
    const plan = await planFor(
      `template <class T> struct SharedMemory { T* get() { return nullptr; } };
template <class T> __global__ void copy(const T* in, T* out) { out[threadIdx.x] = in[threadIdx.x]; }
template <class T> void run(T* a, T* b) { copy<T><<<1, 64>>>(a, b); }`,
      'copy',
    );
    expect(plan.templateArguments).toEqual(['float']);
    expect(plan.provenance.templateArguments.kind).toBe('default');
    expect(counts(plan)).toEqual({ in: 64, out: 64 });
  });

  it('prefers the launch of which most is known', async () => {
    const plan = await planFor(
      `${vectorAdd}
void wrapper(float* a, float* b, float* c, int n) { vectorAdd<<<(n + 127) / 128, 128>>>(a, b, c, n); }
int main() { float *a, *b, *c; cudaMalloc(&a, 256); cudaMalloc(&b, 256); cudaMalloc(&c, 256); vectorAdd<<<1, 64>>>(a, b, c, 64); }`,
      'vectorAdd',
    );
    expect(plan.block).toEqual([64, 1, 1]);
    expect(counts(plan)).toEqual({ A: 64, B: 64, C: 64 });
  });

  it('refuses a launch of nothing', async () => {
    const answer = await answerFor(
      `__global__ void k(int* a) { a[0] = 1; }\nint main() { int* a; k<<<100 / 256, 256>>>(a); }`,
      'k',
    );
    expect(answer).toMatchObject({ message: expect.stringContaining('line 2 has an empty grid') as string });
  });
});

describe('a launch whose sizes only a run can tell', () => {
  it('assumes one value and uses it everywhere', async () => {
    const plan = await planFor(
      `${vectorAdd}
int main(int argc, char** argv) {
  int n = atoi(argv[1]);
  size_t bytes = n * sizeof(float);
  float *a, *b, *c;
  cudaMalloc(&a, bytes); cudaMalloc(&b, bytes); cudaMalloc(&c, bytes);
  int threads = 128;
  int blocks = (n + threads - 1) / threads;
  vectorAdd<<<blocks, threads>>>(a, b, c, n);
}`,
      'vectorAdd',
      100_000,
    );
    expect(scalar(plan, 'N').value).toBe('100000');
    expect(plan.grid).toEqual([Math.ceil(100_000 / 128), 1, 1]);
    expect(counts(plan)).toEqual({ A: 100_000, B: 100_000, C: 100_000 });
    expect(plan.provenance.grid).toEqual({ kind: 'default', why: 'known only at run time; assumed n = 100000' });
    expect(plan.provenance.block.kind).toBe('launchSite');
  });

  it("takes the program's own default for an argument that may be left out", async () => {
    const plan = await planFor(
      `${vectorAdd}
int main(int argc, char** argv) {
  int n = argc > 1 ? atoi(argv[1]) : 5000;
  float *a, *b, *c;
  cudaMalloc(&a, n * 4); cudaMalloc(&b, n * 4); cudaMalloc(&c, n * 4);
  vectorAdd<<<(n + 255) / 256, 256>>>(a, b, c, n);
}`,
      'vectorAdd',
    );
    expect(scalar(plan, 'N').value).toBe('5000');
    expect(plan.grid).toEqual([20, 1, 1]);
    expect(counts(plan)).toEqual({ A: 5000, B: 5000, C: 5000 });
  });

  it('computes shared memory that only a run can tell from the kernel', async () => {
    const plan = await planFor(
      `__global__ void reduce(const float* in, float* out, unsigned n) {
  extern __shared__ float s[];
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  s[threadIdx.x] = i < n ? in[i] : 0;
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = s[0];
}
template <class T> void run(int size, int threads, int blocks, T* in, T* out) {
  int smemSize = threads * sizeof(T);
  reduce<<<blocks, threads, smemSize>>>(in, out, size);
}`,
      'reduce',
    );
    expect(plan.block).toEqual([256, 1, 1]);
    expect(plan.sharedBytes).toBe(1024);
    expect(plan.provenance.sharedBytes.kind).toBe('default');
  });

  it('never plans less than the assumed threads touch', async () => {
    const plan = await planFor(
      `${vectorAdd}
void launch(float* a, float* b, float* c, int n) { vectorAdd<<<(n + 255) / 256, 256>>>(a, b, c, n); }
int main() { float *a, *b, *c; cudaMalloc(&a, 64); cudaMalloc(&b, 64); cudaMalloc(&c, 64); launch(a, b, c, 16); }`,
      'vectorAdd',
      4096,
    );
    const n = Number(scalar(plan, 'N').value);
    for (const count of Object.values(counts(plan))) expect(count).toBeGreaterThanOrEqual(n);
    expect(plan.grid[0] * plan.block[0]).toBeGreaterThanOrEqual(n);
  });
});

describe('what cannot be planned', () => {
  it.each([
    ['a reference', '__global__ void k(float& x) { x = 1; }', /reference/],
    ['pointers to pointers to pointers', '__global__ void k(float*** x) { x[0][0][0] = 1; }', /pointers to pointers/],
    [
      'a texture',
      '__global__ void k(cudaTextureObject_t t, float* o) { o[0] = tex1D<float>(t, 0); }',
      /texture object/,
    ],
    [
      'a struct with pointers',
      'struct L { L* next; int v; };\n__global__ void k(L* l) { l[0].v = 1; }',
      /holds pointers/,
    ],
    ['a declaration', '__global__ void k(float* x);', /only declared here/],
    ['nothing of that name', '__global__ void other(float* x) { x[0] = 1; }', /no kernel named k/],
  ])('%s', async (_what, text, message) => {
    expect(await answerFor(text, 'k')).toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it('a class whose layout the file does not tell is passed as zeros', async () => {
    const plan = await planFor('struct P : Base { float x; };\n__global__ void k(P p, float* o) { o[0] = p.x; }', 'k');
    expect(plan.arguments[0]).toMatchObject({ kind: 'opaque', name: 'p', type: 'P' });
  });
});
