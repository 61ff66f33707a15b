import { expect, it, describe } from 'vitest';
import { buildModel, createParser } from '../../../server/src/analysis';
import { chooseKernel } from '../../../server/src/cli/kernel-choice';
import { parserFiles } from '../../support/parser-files';

const model = buildModel(
  (await parserFiles().then(createParser)).parse(`
namespace blas { template <typename T, int TILE, bool FAST = false> __global__ void scale(T* x) { x[threadIdx.x] *= TILE; } }
__global__ void fill(float* x) { x[threadIdx.x] = 1; }
void launch(float* x) {
  constexpr int tile = 16;
  blas::scale<float, 8><<<1, 32>>>(x);
  blas::scale<float, tile><<<1, 32>>>(x);
}
`),
);

describe('--kernel', () => {
  it('finds a kernel without its namespaces', () => {
    expect(chooseKernel(model, 'scale')).toEqual({ kernel: 'blas::scale', choice: {} });
    expect(chooseKernel(model, 'blas::scale')).toEqual({ kernel: 'blas::scale', choice: {} });
  });

  it('takes the launch of an instantiation, as written or as it folds', () => {
    expect(chooseKernel(model, 'scale<float, 8>')).toEqual({ kernel: 'blas::scale', choice: { launch: 0 } });
    expect(chooseKernel(model, 'blas::scale<float,(int)16>')).toEqual({ kernel: 'blas::scale', choice: { launch: 1 } });
  });

  it('sets the parameters where no launch does', () => {
    expect(chooseKernel(model, 'scale<double, 4, (bool)1>')).toEqual({
      kernel: 'blas::scale',
      choice: {
        overrides: new Map([
          ['T', 'double'],
          ['TILE', '4'],
          ['FAST', 'true'],
        ]),
      },
    });
  });

  it('says what there is', () => {
    expect(chooseKernel(model, undefined)).toMatchObject({
      message: expect.stringContaining('blas::scale, fill') as string,
    });
    expect(chooseKernel(model, 'scal')).toEqual({
      message: 'There is no kernel named scal in this file; there are: blas::scale, fill.',
    });
    expect(chooseKernel(model, 'fill<int>')).toEqual({
      message: 'fill<int> has 1 template arguments, but fill is no template.',
    });
  });
});
