/** What is said and drawn of recorded profiles. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KernelProfile } from '../../../protocol/src/profile';
import { differences, timeSentence } from '../../../server/src/handlers/profile/compare';
import { htmlDocument, markdownDocument, textDocument } from '../../../server/src/handlers/profile/document';
import { permissionSteps } from '../../../server/src/handlers/profile/failure';
import { heatOf } from '../../../server/src/handlers/profile/heat';
import { pageBody } from '../../../server/src/handlers/profile/page';
import { verdictSentence } from '../../../server/src/handlers/profile/texts';
import { profilesOf } from '../../../server/src/profiler/ncu';

const fixture = (name: string) => readFileSync(path.resolve('test/fixtures/ncu', name), 'utf8');
const read = (name: string) =>
  profilesOf({
    raw: fixture(`${name}-raw.csv`),
    details: fixture(`${name}-details.csv`),
    source: fixture(`${name}-source.csv`),
  });
const kernels = read('kernels');
const of = (name: string) => kernels.find(({ kernel }) => kernel === name) as KernelProfile;
const sgemm = read('ncu').at(-1) as KernelProfile;

it.each([
  ['vectorAdd', 'Memory-bound: DRAM at 82 % of its peak (2.74 TB/s), compute at 34 %.'],
  ['fmaLoop', 'Compute-bound: the FMA pipeline at 94 % of the peak, memory at 0.4 %.'],
  [
    'tinyGrid',
    'Too small for this GPU: 4 blocks leave 128 of 132 multiprocessors without work; compute at 0.0 % of its peak, memory at 12 %.',
  ],
  [
    'atomics',
    'Latency-bound: neither compute (0.5 % of its peak) nor memory (2.0 %) is busy; of the 53299.2 cycles between two instructions of a warp, 42823.0 are spent waiting for a place in the queue of global and local memory (LG throttle); 100 % of its accesses to global memory are atomics.',
  ],
])('the verdict of %s is one sentence', (name, sentence) => {
  expect(verdictSentence(of(name))).toBe(sentence);
});

it('speaks of idle multiprocessors only where there are some to speak of', () => {
  const { verdict } = of('tinyGrid');
  const sentence = (blocks: number) =>
    verdictSentence({ ...of('tinyGrid'), verdict: { ...verdict, blocks, waves: blocks / 264 } });
  expect(sentence(1)).toContain('a single block leaves 131 of 132 multiprocessors');
  expect(sentence(128)).toContain('128 blocks fill 48 % of the places');
});

describe('the page', () => {
  const body = pageBody({ profile: sgemm, notes: [] });

  it('begins with the verdict, and its charts can be reached by the keyboard', () => {
    expect(body.indexOf('class="verdict"')).toBeLessThan(body.indexOf('class="tiles"'));
    expect(body.match(/class="point \w+" tabindex="0" role="img" aria-label="FP32 against/g)).toHaveLength(3);
    expect(body).toContain('aria-label="L2 cache to L1 cache: 505 MiB"');
  });

  it('links hot lines and advice to the source', () => {
    expect(body).toContain('<a href="#" data-file="/home/user/demo/vec.cu" data-line="16">vec.cu:16</a>');
  });

  it('lets no text of the source be markup', () => {
    const lines = sgemm.lines.map((line) => ({ ...line, source: '<script>alert(1)</script>' }));
    const drawn = pageBody({ profile: { ...sgemm, name: 'f<a & b>', lines }, notes: ['<b>'] });
    expect(drawn).not.toMatch(/<script|<b>|f<a/);
  });
});

it('is compared with the largest difference first', () => {
  const found = differences(of('vectorAdd'), of('strided'));
  expect(found[0]).toMatchObject({ name: 'Excessive global sectors', verdict: 'worse' });
  expect(found.find(({ name }) => name === 'Duration')).toMatchObject({
    before: '143 µs',
    after: '813 µs',
    verdict: 'worse',
  });
  expect(timeSentence(of('strided'), of('vectorAdd'))).toBe('5.67 times as fast as before.');
  expect(differences(of('vectorAdd'), of('vectorAdd'))).toEqual([]);
});

it('stands alone as HTML, Markdown and text', () => {
  const content = { profile: of('transposeConflicts'), notes: [] };
  const html = htmlDocument([content]);
  expect(html).toContain('94 % of its shared-memory wavefronts are bank conflicts');
  expect(html).not.toMatch(/href="#"|src=|<link/);
  expect(markdownDocument(content)).toContain('| profile.cu:52 |');
  expect(textDocument(content)).toMatch(/profile\.cu:52 {2}out\[/);
});

it('is heat in the source, by file', () => {
  const heat = heatOf(of('inlined'), 3);
  expect(heat.map(({ file, index }) => [path.basename(file), index])).toEqual(
    expect.arrayContaining([
      ['profile.cu', 3],
      ['profile_helper.cuh', 3],
    ]),
  );
  const [first] = heatOf(sgemm, 0);
  expect(first?.lines.find(({ line }) => line === 15)).toMatchObject({ text: '51 %' });
  expect(first?.lines.find(({ line }) => line === 15)?.hover).toContain('MIO throttle');
});

it('says what to do without permission, for each kind of machine', () => {
  expect(permissionSteps('linux').join(' ')).toContain('NVreg_RestrictProfilingToAdminUsers=0');
  expect(permissionSteps('container')[0]).toContain('--cap-add=SYS_ADMIN');
  expect(permissionSteps('wsl').join(' ')).toMatch(/NVIDIA Control Panel.*wsl --shutdown/);
});
