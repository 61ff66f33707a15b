import { describe, expect, it } from 'vitest';
import { buildModel, Imports, lint, originOf, rules } from '../../../server/src/analysis';
import { sharedParser } from './support';

const source = `float *host, *device;
class Buffer {
  float* data;
  void allocate(int n) { cudaMalloc(&data, n); }
  void send(float* d, int n) { cudaMemcpy(d, data, n, cudaMemcpyHostToDevice); }
};
void init(int n) {
  host = (float*)malloc(n);
  cudaMalloc(&device, n);
}
void copy(int n) { cudaMemcpy(device, host, n, cudaMemcpyDeviceToHost); }
`;

/** The lines with a finding of `memcpy-kind-mismatch`. */
function lines(text: string, findings: ReturnType<typeof lint>): number[] {
  return findings
    .filter(({ rule }) => rule === 'memcpy-kind-mismatch')
    .map(({ span }) => text.slice(0, span.start).split('\n').length);
}

describe('rules about host code', () => {
  it('see what another function does to a pointer, also after it is edited', async () => {
    const document = (await sharedParser()).parse(source);
    const change = (from: string, to: string): number[] => {
      document.edit([{ offset: document.text.indexOf(from), removed: from.length, text: to }]);
      return lines(document.text, lint(document));
    };
    try {
      expect(lines(source, lint(document))).toEqual([5, 11]);
      expect(change('host = (float*)malloc(n)', 'cudaMallocHost(&host, n)')).toEqual([5, 11]);
      expect(change('cudaMalloc(&device, n)', 'cudaMallocManaged(&device, n)')).toEqual([5]);
      expect(change('cudaMallocManaged(&device, n)', 'cudaMalloc(&device, n)')).toEqual([5, 11]);
      expect(change('cudaMalloc(&data, n)', 'data = new float[n]')).toEqual([11]);
    } finally {
      document.dispose();
    }
  });

  it('count what a header does to a member', async () => {
    const parser = await sharedParser();
    const text = `#include "buffer.h"
void Buffer::allocate(int n) { data = new float[n]; }
void Buffer::send(float* d, int n) { cudaMemcpy(d, data, n, cudaMemcpyDeviceToDevice); }
`;
    const found = (methods: string): number[] => {
      const header = parser.parse(`class Buffer {\n  float* data;\n  ${methods}\n};\n`, originOf(0));
      const document = parser.parse(text);
      try {
        return lines(text, lint(document, buildModel(document, new Imports([header]))));
      } finally {
        document.dispose();
        header.dispose();
      }
    };
    const declared = 'void allocate(int n);\n  void send(float* d, int n);';
    expect(found(declared)).toEqual([3]);
    expect(found(`${declared}\n  void set(float* p) { data = p; }`)).toEqual([]);
    expect(found(`${declared}\n  void load();`)).toEqual([]);
  });

  it('take a newer toolkit for an error and an older one for no reason to speak', async () => {
    const document = (await sharedParser()).parse('void wait() { cudaThreadSynchronize(); }\n');
    const severities = Object.fromEntries(rules.map(({ id }) => [id, 'off' as const]));
    delete severities['removed-api'];
    const found = (major: number): string[] =>
      lint(document, undefined, { severities, target: { toolkit: { major, minor: 0 } } }).map(
        ({ severity }) => severity,
      );
    try {
      expect(found(13)).toEqual(['error']);
      expect(found(12)).toEqual([]);
    } finally {
      document.dispose();
    }
  });
});
