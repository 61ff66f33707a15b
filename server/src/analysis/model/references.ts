/** Which calls leave their arguments alone: `f(n)` may change `n` when f takes a reference. */
import { lastPart, type FileIndex } from './file-index';

const byValueApi = /^(?:cu|cuda|cublas|cufft|curand|cusparse|cusolver|cudnn|nccl|nvtx|hip|MPI_|thrust::|cub::|__)\w*/;
const byValueStandard = new Set(
  (
    'printf fprintf sprintf snprintf puts malloc calloc realloc free memset memcpy memmove exit abort assert rand srand atoi atof ' +
    'min max abs fabs fabsf ceil ceilf floor floorf round sqrt sqrtf pow powf exp expf log logf log2 log2f fmin fmax fminf fmaxf ' +
    'sizeof dim3 make_int2 make_int3 make_int4 make_float2 make_float3 make_float4 make_uint2 make_uint3 make_dim3 ' +
    'make_cudaExtent make_cudaPitchedPtr int float double size_t unsigned long bool char'
  ).split(' '),
);
const byValueMethods =
  /(?:\.|->)(?:resize|reserve|assign|push_back|emplace_back|at|insert|fill|count|find|substr|append|set|get|data|begin|end)$/;
const changingStandard = /^std::(?:swap|exchange|tie|getline|cin|from_chars|ref)$/;

export function takesByValue(index: FileIndex, callee: string, argument: number): boolean {
  const name = callee.replace(/<.*$/, '');
  const own = index.functions.get(lastPart(name));
  if (own)
    return own.every(({ value }) => {
      const type = value.parameters[argument]?.variable.type;
      return !type?.reference || type.const;
    });
  if (changingStandard.test(name)) return false;
  if (/^(?:std|thrust|cub|cuda)::/.test(name) || byValueStandard.has(name) || byValueApi.test(name)) return true;
  // Macros that check a result, by custom in capitals.
  if (/^[A-Z_][A-Z0-9_]*$/.test(name)) return true;
  return byValueMethods.test(name);
}
