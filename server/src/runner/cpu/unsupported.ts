/** Names, before anything is compiled, what running on the CPU does not offer. Pure. */
import * as l10n from '@vscode/l10n';
import { positionAt } from './edits';
import { emulatePtx } from './ptx';
import { ptxStatement } from './rewrite';
import { calleeStart, functionAt } from './source-structure';
import { is, tokenize, type Token } from './tokens';

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
}

/** Headers of libraries that only run on a GPU. */
const headers = (): readonly (readonly [RegExp, string])[] => [
  [/^cublas/, l10n.t('{0} runs only on a GPU.', 'cuBLAS')],
  [/^cudnn/, l10n.t('{0} runs only on a GPU.', 'cuDNN')],
  [/^cufft/, l10n.t('{0} runs only on a GPU.', 'cuFFT')],
  [/^cusparse/, l10n.t('{0} runs only on a GPU.', 'cuSPARSE')],
  [/^cusolver/, l10n.t('{0} runs only on a GPU.', 'cuSOLVER')],
  [/^curand/, l10n.t('{0} runs only on a GPU.', 'cuRAND')],
  [/^nccl/, l10n.t('{0} runs only on a GPU.', 'NCCL')],
  [/^npp/, l10n.t('{0} runs only on a GPU.', 'NPP')],
  [/^nvrtc|^nvJitLink/, l10n.t('run-time compilation for a GPU has no counterpart on the CPU.')],
  [/^cub\//, l10n.t('{0} is not available on the CPU.', 'CUB')],
  [/^thrust\//, l10n.t('{0} is not available on the CPU.', 'Thrust')],
  [/^cuda\/(?:std\/)?/, l10n.t('{0} is not available on the CPU.', 'libcu++')],
  [/^cutlass\/|^cute\//, l10n.t('CUTLASS needs tensor cores.')],
  [/^mma\.h$|^crt\/mma/, l10n.t('tensor cores (wmma) have no counterpart on the CPU.')],
  [/^cuda_fp8|^cuda_fp6|^cuda_fp4/, l10n.t('types of eight bits and fewer are not available on the CPU.')],
  [/^optix/, l10n.t('{0} runs only on a GPU.', 'OptiX')],
  [/^cuda_(?:gl|vdpau|egl|d3d)/, l10n.t('sharing memory with graphics needs a GPU.')],
  [/^cuda_pipeline/, l10n.t('asynchronous pipelines are not available on the CPU.')],
];

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
  const [ofHeaders, ofNames] = [headers(), names()];
  const bodies = deviceBodies(tokens);
  const depths = conditionDepths(tokens);
  const places: UnsupportedPlace[] = [];
  const add = (i: number, what: string, why: string, offset = tokens[i]?.start ?? 0) => {
    const kernel = bodies.find((body) => i > body.open && i < body.close && body.kernel !== undefined)?.kernel;
    places.push({
      offset,
      ...positionAt(text, offset),
      what,
      why,
      conditional: (depths[i] ?? 0) > 0,
      ...(kernel === undefined ? {} : { kernel }),
    });
  };
  const inDevice = (i: number) => bodies.some((body) => i > body.open && i < body.close);
  const inKernel = (i: number) => bodies.some((body) => body.kernel !== undefined && i > body.open && i < body.close);
  tokens.forEach((token, i) => {
    if (token.kind === 'directive') {
      const name = token.directive === 'include' ? /["<]([^">]+)[">]/.exec(token.value)?.[1] : undefined;
      const why = name && ofHeaders.find(([pattern]) => pattern.test(name))?.[1];
      if (name && why) add(i, name, why, token.start + token.value.indexOf(name));
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
