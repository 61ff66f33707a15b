import { describe, expect, it } from 'vitest';
import { architectureOf, parseListedGpus } from '../../../server/src/toolchain';

/** `nvidia-smi --query-gpu=uuid,compute_cap --format=csv,noheader` */
const gpus = parseListedGpus(
  'GPU-768e4135-6bda-2135-412b-6d19cc8af0c4, 9.0\r\nGPU-1a11c0de-0000-4000-8000-00000000beef, 8.6\n',
);

describe('architectureOf', () => {
  it.each([
    ['auto', undefined, 'sm_90'],
    ['1', undefined, 'sm_86'],
    ['gpu-1a11', undefined, 'sm_86'],
    ['1A11C0', undefined, 'sm_86'],
    ['auto', '1', 'sm_86'],
    ['auto', 'GPU-1a11c0de', 'sm_86'],
    // Indices count what is shown.
    ['0', '1,0', 'sm_86'],
    ['1', ' 1, 0', 'sm_90'],
    // What nvidia-smi does not list, or not there.
    ['MIG-7ed51642', undefined, 'sm_90'],
    ['auto', 'MIG-7ed51642-1111-5222-8333-444444444444', 'sm_90'],
    ['7', undefined, 'sm_90'],
  ])('of the setting %s with CUDA_VISIBLE_DEVICES=%s is %s', (wish, visible, architecture) => {
    expect(architectureOf(gpus, wish, visible)).toBe(architecture);
  });

  it('is not known without a GPU, or where nvidia-smi is too old to tell', () => {
    expect(architectureOf([], 'auto', undefined)).toBeUndefined();
    expect(parseListedGpus('Field "compute_cap" is not a valid field to query.\n')).toEqual([]);
  });
});
