import type { Analysis } from '../model/build';
import type { Target } from '../target';
import { callsOf, type ApiCall } from './lib/host';
import { usable } from './lib/per-function';
import { msg, type Report, type Rule } from './rule';

interface Removal {
  /** The first release without it. */
  readonly since: number;
  readonly instead: string;
  /** The other function takes the same arguments. */
  readonly same?: true;
}

const textures: Removal = { since: 12, instead: 'cudaCreateTextureObject' };
const votes = (instead: string): Removal => ({ since: 13, instead });
const removals: Readonly<Record<string, Removal>> = {
  cudaThreadSynchronize: { since: 13, instead: 'cudaDeviceSynchronize', same: true },
  cudaThreadExit: { since: 13, instead: 'cudaDeviceReset', same: true },
  cudaThreadGetCacheConfig: { since: 13, instead: 'cudaDeviceGetCacheConfig', same: true },
  cudaThreadSetCacheConfig: { since: 13, instead: 'cudaDeviceSetCacheConfig', same: true },
  cudaThreadGetLimit: { since: 13, instead: 'cudaDeviceGetLimit', same: true },
  cudaThreadSetLimit: { since: 13, instead: 'cudaDeviceSetLimit', same: true },
  cudaLaunchCooperativeKernelMultiDevice: { since: 13, instead: 'cudaLaunchCooperativeKernel' },
  cudaConfigureCall: { since: 12, instead: 'cudaLaunchKernel' },
  cudaSetupArgument: { since: 12, instead: 'cudaLaunchKernel' },
  cudaBindTexture: textures,
  cudaBindTexture2D: textures,
  cudaBindTextureToArray: textures,
  cudaBindTextureToMipmappedArray: textures,
  cudaUnbindTexture: { since: 12, instead: 'cudaDestroyTextureObject' },
  cudaGetTextureReference: textures,
  __shfl: votes('__shfl_sync'),
  __shfl_up: votes('__shfl_up_sync'),
  __shfl_down: votes('__shfl_down_sync'),
  __shfl_xor: votes('__shfl_xor_sync'),
  __any: votes('__any_sync'),
  __all: votes('__all_sync'),
  __ballot: votes('__ballot_sync'),
};

/** A function that newer toolkits no longer have, with what took its place. */
export const removedApi: Rule = {
  id: 'removed-api',
  severity: 'warning',
  summary: 'A function is used that newer CUDA toolkits no longer have.',
  run: (analysis, target) => {
    // Code that asks for the version has another branch for it.
    if (/\bCUDA(?:RT)?_VERSION\b|__CUDACC_VER_MAJOR__|__CUDA_ARCH__/.test(analysis.text)) return [];
    // HIP keeps some of the names; where no toolkit is known the text has to speak of CUDA.
    if (/\bhip(?:[A-Z]|_runtime)|hipcc/.test(analysis.text)) return [];
    if (!target.toolkit && !/\bcuda[A-Z]\w*\s*\(|#\s*include\s*[<"]cuda/.test(analysis.text)) return [];
    return analysis.evaluator.index.facts.flatMap((unit) =>
      unit.functions
        .filter((fn) => usable(fn, unit))
        .flatMap((fn) => callsOf(fn).flatMap((call) => check(call, analysis, target))),
    );
  },
};

function check({ name, node, arguments: args }: ApiCall, { evaluator }: Analysis, { toolkit }: Target): Report[] {
  const removal = Object.hasOwn(removals, name) ? removals[name] : undefined;
  if (!removal || evaluator.index.functions.has(name) || evaluator.index.macros.has(name)) return [];
  if (toolkit && toolkit.major < removal.since) return [];
  const callee = node.child('function')!;
  const { since, instead } = removal;
  const message = msg("CUDA {0} and later have no '{1}': use {2}", since, name, instead);
  const [first] = args;
  const withMask = name.startsWith('__') && first !== undefined;
  const edits = withMask
    ? [
        { span: callee.span, newText: instead },
        { span: { start: first.start, end: first.start }, newText: '0xffffffff, ' },
      ]
    : [{ span: callee.span, newText: instead }];
  const fixes = removal.same || withMask ? [{ title: msg('Use {0}', instead), edits, preferred: true as const }] : [];
  return [{ ...(toolkit ? { severity: 'error' as const } : {}), span: callee.span, message, fixes }];
}
