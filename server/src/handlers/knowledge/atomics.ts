/** Atomic functions. */
import { msg } from '../../analysis/rules/rule';
import type { Knowledge } from './types';

const relaxed = msg(
  'Relaxed: it orders no other access. `_block` and `_system` in the name narrow or widen whom it is atomic for.',
);
const integersOnly = msg('Integers only; there is no `float` form.');

export const atomics: Knowledge = {
  atomicAdd: {
    code: 'T atomicAdd(T* address, T value)',
    text: msg('Adds to what the address holds, in one step; returns the value before.'),
    trap: msg(
      '`double` needs compute capability 6.0. Many threads on one address wait for each other: reduce within the warp or block first.',
    ),
  },
  atomicSub: {
    code: 'T atomicSub(T* address, T value)',
    text: msg('Subtracts from what the address holds, in one step; returns the value before.'),
    trap: relaxed,
  },
  atomicExch: {
    code: 'T atomicExch(T* address, T value)',
    text: msg('Writes the value in one step; returns the one before.'),
    trap: relaxed,
  },
  atomicMin: {
    code: 'T atomicMin(T* address, T value)',
    text: msg('Keeps the lesser of both values at the address; returns the one before.'),
    trap: integersOnly,
  },
  atomicMax: {
    code: 'T atomicMax(T* address, T value)',
    text: msg('Keeps the greater of both values at the address; returns the one before.'),
    trap: integersOnly,
  },
  atomicInc: {
    code: 'unsigned atomicInc(unsigned* address, unsigned limit)',
    text: msg('Counts up, and from `limit` back to 0; returns the value before.'),
    trap: relaxed,
  },
  atomicDec: {
    code: 'unsigned atomicDec(unsigned* address, unsigned limit)',
    text: msg('Counts down, and from 0 or above `limit` to `limit`; returns the value before.'),
    trap: relaxed,
  },
  atomicAnd: {
    code: 'T atomicAnd(T* address, T value)',
    text: msg('Bitwise AND in one step; returns the value before.'),
    trap: relaxed,
  },
  atomicOr: {
    code: 'T atomicOr(T* address, T value)',
    text: msg('Bitwise OR in one step; returns the value before.'),
    trap: relaxed,
  },
  atomicXor: {
    code: 'T atomicXor(T* address, T value)',
    text: msg('Bitwise XOR in one step; returns the value before.'),
    trap: relaxed,
  },
  atomicCAS: {
    code: 'T atomicCAS(T* address, T compare, T value)',
    text: msg(
      'Writes `value` if the address holds `compare`; returns what it held. From it any other atomic can be built.',
    ),
    trap: msg('A lock that threads of one warp spin on may never be released before compute capability 7.0.'),
  },
};
