import { describe, expect, it } from 'vitest';
import { sourceOfPtxLine } from '../../../server/src/toolchain/ptx-lines';

const ptx = `.visible .entry _Z1kv()
{
	.loc	1 12 5
	mov.u32 %r1, 0;
	bogus;
	.loc	2 3 1
	ret;
}
.visible .entry _Z1gv()
{
	bogus;
}
	.file	1 "/home/me/a b.cu"
	.file	2 "/home/me/x.cuh"
`;

describe('sourceOfPtxLine', () => {
  it('takes the nearest .loc above', () => {
    expect(sourceOfPtxLine(ptx, 5)).toEqual({ file: '/home/me/a b.cu', line: 12 });
    expect(sourceOfPtxLine(ptx, 7)).toEqual({ file: '/home/me/x.cuh', line: 3 });
  });
  it('does not take one of another function', () => {
    expect(sourceOfPtxLine(ptx, 11)).toBeUndefined();
  });
  it('says nothing about an empty text', () => {
    expect(sourceOfPtxLine('', 3)).toBeUndefined();
  });
});
