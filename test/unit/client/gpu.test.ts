import { expect, test } from 'vitest';
import { gpuFacts, gpuWarnings } from '../../../client/src/text/gpu';
import type { GpuState } from '../../../protocol/src';
import { english } from './localizer';

/** As NVML told of an idle H100, and as nvidia-smi shows the same moment: 0 MiB used, 0 %, 45 °C. */
const idle: GpuState = {
  memoryTotal: 85_520_809_984,
  memoryFree: 85_017_493_504,
  utilization: 0,
  temperature: 45,
  processes: 0,
  computeMode: 'default',
  mig: false,
};

test('what is free and how busy it is', () => {
  expect(gpuFacts(idle, 1, english)).toEqual(['79.2 of 79.6 GiB free', '0 % busy']);
  expect(gpuWarnings(idle, english)).toEqual([]);
  expect(gpuFacts({ memoryFree: 2 ** 20, memoryTotal: 2 ** 30 }, 1, english)).toEqual(['1.00 MiB of 1.00 GiB free']);
  // NVML may be missing.
  expect(gpuFacts({}, 85_017_493_504, english)).toEqual(['79.2 GiB']);
});

test('other programs, parts of a GPU and modes without kernels are warned of', () => {
  expect(gpuWarnings({ ...idle, utilization: 97 }, english)).toEqual([
    'another program computes on it, so times will vary',
  ]);
  const { utilization, ...part } = { ...idle, mig: true };
  expect(utilization).toBe(0);
  expect(gpuWarnings(part, english)).toEqual(['MIG: a part of the GPU, its clocks and bandwidth are shared']);
  expect(gpuWarnings({ ...idle, computeMode: 'prohibited' }, english)).toEqual(['its compute mode prohibits kernels']);
});
