import { expect, it } from 'vitest';
import { compiledKernels } from '../../../server/src/builds';
import { parseNvccOutput, parseResourceUsage } from '../../../server/src/toolchain';

const output = `ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_ZN2ns5scaleIfLi64EEEvPT_i' for 'sm_90'
ptxas info    : Function properties for _Z6helperPf
    96 bytes stack frame, 12 bytes spill stores, 12 bytes spill loads
ptxas info    : Function properties for _ZN2ns5scaleIfLi64EEEvPT_i
    40 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads
ptxas info    : Used 162 registers, used 1 barriers, 40 bytes cumulative stack size, 256 bytes smem
ptxas info    : Compile time = 5.715 ms
ptxas info    : Compiling entry function 'plain' for 'sm_80'
ptxas info    : Function properties for plain
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 8 registers, 2048+0 bytes smem, 360 bytes cmem[0]
`;

const scale = { registers: 162, staticShared: 256, stack: 40, spillStores: 8, spillLoads: 4 };
const plain = { registers: 8, staticShared: 2048, stack: 0, spillStores: 0, spillLoads: 0 };

it("reads each kernel's resources, for each architecture", () => {
  expect(parseResourceUsage(output)).toEqual([
    { symbol: '_ZN2ns5scaleIfLi64EEEvPT_i', architecture: 'sm_90', ...scale },
    { symbol: 'plain', architecture: 'sm_80', ...plain },
  ]);
  expect(parseResourceUsage('ptxas info    : 0 bytes gmem\n')).toEqual([]);
});

it('tells the analysis the names of the source', () => {
  expect(compiledKernels(parseResourceUsage(output))).toEqual([
    { name: 'ns::scale', templateArguments: ['float', '64'], parameters: 2, computeCapability: 90, ...scale },
    { name: 'plain', computeCapability: 80, ...plain },
  ]);
});

it('leaves no trace of them in the messages', () => {
  const messages = parseNvccOutput(`a.cu(3): warning #177-D: variable "x" was declared but never referenced
      int x;
          ^

${output}a.cu(9): error: identifier "y" is undefined
      y;
      ^
`);
  expect(messages.map(({ message, line, related }) => [message, line, related])).toEqual([
    ['variable "x" was declared but never referenced', 3, []],
    ['identifier "y" is undefined', 9, []],
  ]);
});
