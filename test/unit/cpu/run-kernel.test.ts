import { describe, expect, it } from 'vitest';
import { buffer, fixture, lineOf, plan, runKernel, scalar } from './support';

const vectorAdd = fixture('programs/vector_add.cu');
const arguments_ = (n: number) => [
  buffer('A', 1000, { fill: 'ramp', access: 'read' }),
  buffer('B', 1000, { fill: 'ones', access: 'read' }),
  buffer('C', 1000, { access: 'write' }),
  scalar('N', n),
];

describe('runKernelOnCpu', () => {
  it('runs and times the classic vector addition', async () => {
    const result = await runKernel(vectorAdd, plan('vectorAdd', 4, 256, arguments_(1000)));
    expect(result).toMatchObject({
      status: 'ok',
      device: { kind: 'cpu' },
      output: '',
      time: { unit: 'us', coldCache: false },
    });
    if (result.status !== 'ok') return;
    expect(result.time.samples).toBeGreaterThanOrEqual(1);
    expect(result.time.median).toBeGreaterThan(0);
    expect(result.notes.join(' ')).toMatch(/says nothing about a GPU/);
    expect(result.device).toHaveProperty('compiler', expect.stringMatching(/^(g\+\+|(Apple )?clang\+\+) \d/));
    expect(result.throughput).toBeUndefined();
  });

  it('finds an overrun at its line, with block and thread', async () => {
    const result = await runKernel(vectorAdd, plan('vectorAdd', 4, 256, arguments_(1024)));
    expect(result).toMatchObject({
      status: 'kernelFaulted',
      fault: 'outOfBounds',
      location: { file: vectorAdd.file, line: lineOf(vectorAdd, 'C[i] = A[i] + B[i]') },
      block: [3, 0, 0],
      thread: [232, 0, 0],
    });
    expect(result).toHaveProperty('message', expect.stringContaining('1000 elements'));
  });
});
