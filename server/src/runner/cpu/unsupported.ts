/** Names, before anything is compiled, what running on the CPU does not offer. Pure. */
import * as l10n from '@vscode/l10n';
import { positionAt } from '../code/edits';
import { includedName } from '../code/missing';
import { emulatePtx } from './ptx';
import { ptxStatement } from './rewrite';
import { calleeStart, functionAt } from '../code/structure';
import { is, tokenize, type Token } from '../code/tokens';

export interface UnsupportedPlace {
  readonly offset: number;
  /** Both from 1; the column counts UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** What was found, e.g. `cublas_v2.h`. */
  readonly what: string;
  /** Why it cannot run here, one sentence. */
  readonly why: string;
  /** The kernel whose body it stands in; absent elsewhere. */
  readonly kernel?: string;
  /** Whether it stands under an `#if`, so that it may not matter. */
  readonly conditional: boolean;
  /** Of a library's `#include`: the directive, and the names that the library brings. */
  readonly library?: { readonly start: number; readonly end: number; readonly names: RegExp };
}

interface Library {
  readonly header: RegExp;
  /** Names that only this library brings. */
  readonly names: RegExp;
  readonly why: string;
}

/** Libraries that only run on a GPU. */
const libraries = (): readonly Library[] => [
  { header: /^cublas/, names: /^cublas|^CUBLAS/, why: l10n.t('{0} runs only on a GPU.', 'cuBLAS') },
  { header: /^cudnn/, names: /^cudnn|^CUDNN/, why: l10n.t('{0} runs only on a GPU.', 'cuDNN') },
  { header: /^cufft/, names: /^cufft|^CUFFT/, why: l10n.t('{0} runs only on a GPU.', 'cuFFT') },
  { header: /^cusparse/, names: /^cusparse|^CUSPARSE/, why: l10n.t('{0} runs only on a GPU.', 'cuSPARSE') },
  { header: /^cusolver/, names: /^cusolver|^CUSOLVER/, why: l10n.t('{0} runs only on a GPU.', 'cuSOLVER') },
  { header: /^curand/, names: /^curand|^CURAND/, why: l10n.t('{0} runs only on a GPU.', 'cuRAND') },
  { header: /^nccl/, names: /^p?nccl|^NCCL/, why: l10n.t('{0} runs only on a GPU.', 'NCCL') },
  { header: /^npp/, names: /^npp|^Npp|^NPP/, why: l10n.t('{0} runs only on a GPU.', 'NPP') },
  {
    header: /^nvrtc|^nvJitLink/,
    names: /^nvrtc|^NVRTC|^nvJitLink/,
    why: l10n.t('run-time compilation for a GPU has no counterpart on the CPU.'),
  },
  { header: /^cub\//, names: /^cub$|^Cub/, why: l10n.t('{0} is not available on the CPU.', 'CUB') },
  { header: /^thrust\//, names: /^thrust$/, why: l10n.t('{0} is not available on the CPU.', 'Thrust') },
  { header: /^cuda\/(?:std\/)?/, names: /^cuda$/, why: l10n.t('{0} is not available on the CPU.', 'libcu++') },
  { header: /^cutlass\/|^cute\//, names: /^cutlass|^cute$/, why: l10n.t('CUTLASS needs tensor cores.') },
  {
    header: /^mma\.h$|^crt\/mma/,
    names: /^nvcuda$|^wmma$/,
    why: l10n.t('tensor cores (wmma) have no counterpart on the CPU.'),
  },
  {
    header: /^cuda_fp8|^cuda_fp6|^cuda_fp4/,
    names: /^__nv_(?:cvt_\w*)?fp[468]|^__nv_\w*fp[468]\w*$|^__NV_E\dM\d/,
    why: l10n.t('types of eight bits and fewer are not available on the CPU.'),
  },
  { header: /^optix/, names: /^optix|^Optix|^OPTIX/, why: l10n.t('{0} runs only on a GPU.', 'OptiX') },
  {
    header: /^cuda_(?:gl|vdpau|egl|d3d)/,
    names: /^(?:cuda|cu)(?:Graphics|GL|VDPAU|EGL|D3D)/,
    why: l10n.t('sharing memory with graphics needs a GPU.'),
  },
  {
    header: /^cuda_pipeline/,
    names: /^__pipeline_|^nvcuda$/,
    why: l10n.t('asynchronous pipelines are not available on the CPU.'),
  },
];

/** Whether a name belongs to a library that only runs on a GPU. */
export function isOfGpuLibrary(name: string): boolean {
  return libraryNames.some((names) => names.test(name));
}

const libraryNames = libraries().map((library) => library.names);

/** Names that stand for something the CPU does not offer, wherever they are. */
const names = (): readonly (readonly [RegExp, string])[] => [
  [
    /^(?:tex1D|tex2D|tex3D|texCubemap)(?:fetch|Lod|Grad|Layered|gather)*$/,
    l10n.t('textures are not available on the CPU.'),
  ],
  [/^surf[123]D(?:Layered)?(?:read|write)$/, l10n.t('surfaces are not available on the CPU.')],
  [
    /^cuda(?:Create|Destroy)(?:Texture|Surface)Object$|^cudaBindTexture/,
    l10n.t('textures are not available on the CPU.'),
  ],
  [/^cudaMalloc(?:3D)?Array$/, l10n.t('CUDA arrays are not available on the CPU.')],
  [/^cudaStreamBeginCapture$|^cudaGraph(?:Create|Instantiate)$/, l10n.t('CUDA graphs are not available on the CPU.')],
  [/^cudaIpc\w+$/, l10n.t('sharing memory between processes needs a GPU.')],
  [/^cu(?:ModuleLoad|LaunchKernel|ModuleGetFunction|LibraryLoad)\w*$/, l10n.t('the driver API needs a GPU.')],
  [/^this_cluster$|^cluster_group$|^__cluster_dims__$/, l10n.t('thread block clusters are not available on the CPU.')],
  [/^CUtensorMap$|^cuTensorMapEncode\w+$/, l10n.t('the tensor memory accelerator has no counterpart on the CPU.')],
];

interface Body {
  readonly open: number;
  readonly close: number;
  readonly kernel?: string;
}

export function findUnsupported(text: string): UnsupportedPlace[] {
  const tokens = tokenize(text);
  const [ofLibraries, ofNames] = [libraries(), names()];
  const bodies = deviceBodies(tokens);
  const depths = conditionDepths(tokens);
  const places: UnsupportedPlace[] = [];
  const add = (i: number, what: string, why: string, offset = tokens[i]?.start ?? 0, names?: RegExp) => {
    const kernel = bodies.find((body) => i > body.open && i < body.close && body.kernel !== undefined)?.kernel;
    places.push({
      offset,
      ...positionAt(text, offset),
      what,
      why,
      conditional: (depths[i] ?? 0) > 0,
      ...(kernel === undefined ? {} : { kernel }),
      ...(names && { library: { start: tokens[i]?.start ?? 0, end: tokens[i]?.end ?? 0, names } }),
    });
  };
  const inDevice = (i: number) => bodies.some((body) => i > body.open && i < body.close);
  const inKernel = (i: number) => bodies.some((body) => body.kernel !== undefined && i > body.open && i < body.close);
  tokens.forEach((token, i) => {
    if (token.kind === 'directive') {
      const name = token.directive === 'include' ? includedName(token.value) : undefined;
      const library = name ? ofLibraries.find(({ header }) => header.test(name)) : undefined;
      if (name && library) add(i, name, library.why, token.start + token.value.indexOf(name), library.names);
    } else if (token.kind === 'identifier') {
      const why = ofNames.find(([pattern]) => pattern.test(token.value))?.[1];
      if (why !== undefined) add(i, token.value, why);
      else if (/^(?:asm|__asm__|__asm)$/.test(token.value) && inDevice(i)) {
        const statement = ptxStatement(tokens, i);
        if (statement && emulatePtx(statement.code, statement.output) === undefined) {
          add(i, l10n.t('inline PTX'), l10n.t('this instruction is not emulated on the CPU.'));
        }
      }
    } else if (is(token, '<<<') && inKernel(i)) {
      const start = calleeStart(tokens, i);
      add(
        start < 0 ? i : start,
        l10n.t('a launch from a kernel'),
        l10n.t('dynamic parallelism is not available on the CPU.'),
      );
    }
  });
  return places;
}

function deviceBodies(tokens: readonly Token[]): Body[] {
  const bodies: Body[] = [];
  tokens.forEach((token, i) => {
    const isKernel = is(token, '__global__');
    if (!isKernel && !is(token, '__device__')) return;
    const declaration = functionAt(tokens, i);
    if (declaration?.body === undefined) return;
    bodies.push({ ...declaration.body, ...(isKernel ? { kernel: declaration.name } : {}) });
  });
  return bodies;
}

/** For every token how many `#if` it stands under; an include guard around the whole file does not count. */
function conditionDepths(tokens: readonly Token[]): number[] {
  const first = tokens[0];
  const hasGuard = first?.directive === 'ifndef' && tokens[1]?.directive === 'define';
  let depth = hasGuard ? -1 : 0;
  return tokens.map((token) => {
    if (token.directive?.startsWith('if')) depth++;
    else if (token.directive === 'endif') depth--;
    return depth;
  });
}
