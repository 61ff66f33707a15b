/** From the text of a file to a measured time: parser, model, plan, nvcc and the GPU, with and without a launch in the file. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { buildModel, createParser, type CudaParser } from '../../server/src/analysis';
import { readParserAssets } from '../../server/src/assets';
import { disposeGpuRunner } from '../../server/src/runner/gpu';
import { planLaunch } from '../../server/src/runner/plan';
import { bench, kernelFolder, run, type Bench } from './support';

let found: Bench | { readonly skip: string };
let parser: CudaParser;

before(async () => {
  found = await bench();
  parser = await createParser(await readParserAssets(__dirname));
});
after(() => disposeGpuRunner());

const classics = [
  ['vector_add.cu', 'vectorAdd'],
  ['sgemm.cu', 'sgemm'],
  ['reduction.cu', 'reduceSum'],
  ['stencil.cu', 'stencil5'],
  ['template_scale.cu', 'math::scale'],
] as const;

void describe('classics', () => {
  for (const [file, kernel] of classics) {
    for (const launched of [true, false]) {
      void it(`${kernel} ${launched ? 'as launched' : 'alone'}`, async (context: TestContext) => {
        if ('skip' in found) return context.skip(found.skip);
        const source = path.join(kernelFolder, file);
        const whole = readFileSync(source, 'utf8');
        const text = launched ? whole : whole.slice(0, whole.indexOf('int main'));
        const model = buildModel(parser.parse(text));
        const plan = planLaunch({ model, text, file: source, kernel, defaults: { elements: 2 ** 20 } });
        assert.ok('grid' in plan, JSON.stringify(plan));
        assert.equal(plan.provenance.grid.kind, launched ? 'launchSite' : 'default');
        const result = await run(found.toolkit, plan, { text });
        assert.equal(result.status, 'ok', JSON.stringify({ ...result, plan: undefined }));
        assert.ok(result.time.relativeError < 0.02, String(result.time.relativeError));
      });
    }
  }
});
