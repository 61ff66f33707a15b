/** `kernel-lens cost`: what the kernels of a file take of a multiprocessor, for any architectures, without running them. */
import path from 'node:path';
import type { Settings } from '../../../protocol/src';
import { buildModel, instantiationsOf, staticCost, type CudaParser, type StaticCost } from '../analysis';
import { compiledKernels } from '../builds';
import { blocksOf } from '../handlers/cost/blocks';
import { buildFailure, buildTimeLimitMs } from '../runner/gpu/build';
import { buildTarget } from '../runner/gpu/architecture';
import { resourceUsageOf } from '../toolchain';
import { terminalSession } from './session';
import { readSource } from './read-source';

export interface CostOptions {
  readonly parser: CudaParser;
  readonly settings: Settings;
  /** `sm_90`; none: the file's own. */
  readonly architectures: readonly string[];
  readonly signal: AbortSignal;
}

export interface KernelCost extends StaticCost {
  /** With template arguments: `scale<float>`. */
  readonly kernel: string;
  /** 1-based. */
  readonly line: number;
}

export type CostAnswer =
  | { readonly status: 'ok'; readonly kernels: readonly KernelCost[] }
  | { readonly status: 'failed'; readonly message: string; readonly output?: string };

export async function costOfFile(name: string, options: CostOptions): Promise<CostAnswer> {
  const file = path.resolve(name);
  const text = await readSource(file);
  const parsed = options.parser.parse(text);
  try {
    const session = terminalSession(options.parser, options.settings);
    const search = await session.toolkit();
    if (!search.found) return { status: 'failed', message: search.message };
    const model = buildModel(parsed, await session.importsOf(file, parsed));
    const compilation = await session.compilation(file);
    const own = compilation.architecture === undefined ? [] : [compilation.architecture];
    const { flags } = buildTarget('', compilation.flags);
    const answer = await resourceUsageOf({
      toolkit: search.toolkit,
      file,
      text,
      architectures: options.architectures.length > 0 ? options.architectures : own,
      flags,
      timeLimitMs: buildTimeLimitMs,
      signal: options.signal,
    });
    if (answer.status === 'notAsked') return { status: 'failed', message: answer.message };
    if (answer.status === 'failed') {
      const { message, output } = await buildFailure(answer.result, { file, text, flags });
      return { status: 'failed', message, ...(output === undefined ? {} : { output }) };
    }
    const compiled = compiledKernels(answer.resources);
    const kernels = model.kernels
      .filter(({ body }) => body !== undefined)
      .flatMap((kernel) => {
        const blocks = blocksOf({ model, text, file, kernel: kernel.name, defaults: options.settings.run }, kernel);
        const line = text.slice(0, kernel.nameSpan.start).split('\n').length;
        return instantiationsOf(kernel, compiled).map((each): KernelCost => {
          const { templateArguments } = each;
          const shown =
            templateArguments === undefined ? kernel.name : `${kernel.name}<${templateArguments.join(', ')}>`;
          return { kernel: shown, line, ...staticCost(kernel, each, blocks) };
        });
      });
    return { status: 'ok', kernels };
  } finally {
    parsed.dispose();
  }
}

/** One object a kernel, instantiation and architecture; bytes and ratios as numbers. */
export function costJson(answer: CostAnswer): unknown {
  if (answer.status !== 'ok') return answer;
  return {
    status: answer.status,
    kernels: answer.kernels.map(({ kernel, line, compiled, blocks, assumed, best }) => ({
      kernel,
      line,
      architecture: `sm_${compiled.computeCapability}`,
      registers: compiled.registers,
      spillStores: compiled.spillStores,
      spillLoads: compiled.spillLoads,
      staticShared: compiled.staticShared,
      stack: compiled.stack,
      blockSize: assumed ? 'assumed' : 'launched',
      blocks: blocks.map(blockJson),
      ...(best === undefined ? {} : { best: blockJson(best) }),
    })),
  };
}

function blockJson({ threads, dynamicShared, occupancy }: StaticCost['blocks'][number]): unknown {
  return {
    threads,
    dynamicShared: dynamicShared ?? null,
    blocksPerMultiprocessor: occupancy?.blocks ?? null,
    occupancy: occupancy?.ratio ?? null,
    limiter: occupancy?.limiter ?? null,
  };
}
