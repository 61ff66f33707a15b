import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { callsOf, launchesIn, perHostFunction, pointersOf, sideOf, type ApiCall, type Side } from './lib/host';
import { msg, type Fix, type Report, type Rule } from './rule';

/** Copies between two pointers, with the places of their arguments. */
const copies: Readonly<Record<string, { readonly source: number; readonly kind: number }>> = {
  cudaMemcpy: { source: 1, kind: 3 },
  cudaMemcpyAsync: { source: 1, kind: 3 },
  cudaMemcpy2D: { source: 2, kind: 6 },
  cudaMemcpy2DAsync: { source: 2, kind: 6 },
};

const sidesOfKind: Readonly<Record<string, readonly [destination: Side, source: Side]>> = {
  cudaMemcpyHostToDevice: ['device', 'host'],
  cudaMemcpyDeviceToHost: ['host', 'device'],
  cudaMemcpyDeviceToDevice: ['device', 'device'],
  cudaMemcpyHostToHost: ['host', 'host'],
};

/**
 * The direction of a copy contradicts its pointers: with the pageable memory of `malloc` or an array where the GPU's memory is announced
 * the call fails with cudaErrorInvalidValue and copies nothing; the other way round the driver finds out by itself.
 */
export const memcpyKindMismatch: Rule = {
  id: 'memcpy-kind-mismatch',
  severity: 'error',
  summary: 'The direction of a cudaMemcpy contradicts the pointers it copies between.',
  run: perHostFunction(/^cudaMemcpy/, (fn, analysis) => callsOf(fn).flatMap((call) => check(call, fn, analysis))),
};

function check(call: ApiCall, fn: FunctionFacts, analysis: Analysis): Report[] {
  const places = Object.hasOwn(copies, call.name) ? copies[call.name] : undefined;
  const [destination, source, kind] = places
    ? [call.arguments[0], call.arguments[places.source], call.arguments[places.kind]]
    : [];
  const wanted = kind && Object.hasOwn(sidesOfKind, kind.text) ? sidesOfKind[kind.text] : undefined;
  if (!destination || !source || !kind || !wanted) return [];
  const pointers = pointersOf(fn, analysis);
  const is = [sideAt(destination), sideAt(source)] as const;
  const wrong = ([0, 1] as const).filter((i) => is[i] !== undefined && is[i] !== wanted[i]);
  if (wrong.length === 0) return [];
  const fails = wrong.some((i) => is[i] === 'host');
  const fixes = fixesFor(call, { destination, source, kind }, is, wanted, fn);
  return [{ severity: fails ? 'error' : 'warning', span: kind.span, message: describe(), fixes }];

  function sideAt(pointer: SyntaxNode): Side | undefined {
    const found = pointers.of(pointer);
    const object = pointer.type === 'pointer_expression' ? found.sources[0]?.object : undefined;
    // `&p` of a pointer is another mistake, or a pointer that is copied: address-of-pointer tells.
    return object && object.type.pointers > 0 && object.type.arrays === 0 ? undefined : sideOf(found);
  }

  function describe(): Report['message'] {
    const name = kind!.text;
    if (wrong.length === 2 && is[0] !== is[1]) {
      return is[0] === 'host'
        ? msg(
            "'{0}' is host memory and '{1}' is device memory: {2} is the wrong direction",
            destination!.text,
            source!.text,
            name,
          )
        : msg(
            "'{0}' is device memory and '{1}' is host memory: {2} is the wrong direction",
            destination!.text,
            source!.text,
            name,
          );
    }
    const at = wrong.find((i) => is[i] === 'host') ?? wrong[0]!;
    const text = (at === 0 ? destination! : source!).text;
    if (at === 0) {
      return is[0] === 'host'
        ? msg("the destination '{0}' is host memory, but {1} copies to the device", text, name)
        : msg("the destination '{0}' is device memory, but {1} copies to the host", text, name);
    }
    return is[1] === 'host'
      ? msg("the source '{0}' is host memory, but {1} copies from the device", text, name)
      : msg("the source '{0}' is device memory, but {1} copies from the host", text, name);
  }
}

interface Arguments {
  readonly destination: SyntaxNode;
  readonly source: SyntaxNode;
  readonly kind: SyntaxNode;
}

function fixesFor(
  call: ApiCall,
  { destination, source, kind }: Arguments,
  is: readonly [Side | undefined, Side | undefined],
  wanted: readonly [Side, Side],
  fn: FunctionFacts,
): Fix[] {
  const right = kindFor(is);
  if (right === undefined) return [];
  const change: Fix = {
    title: msg('Change the direction to {0}', right),
    edits: [{ span: kind.span, newText: right }],
  };
  const swapped =
    is[0] === wanted[1] && is[1] === wanted[0] && is[0] !== is[1] && /^cudaMemcpy(?:Async)?$/.test(call.name);
  if (!swapped) return [{ ...change, preferred: true }];
  const swap: Fix = {
    title: msg('Swap destination and source'),
    edits: [
      { span: destination.span, newText: source.text },
      { span: source.span, newText: destination.text },
    ],
  };
  // Results are fetched after a launch, input is sent before one.
  const launched = launchesIn(fn).some((launch) => launch.offset < call.node.offset);
  const fetches = kind.text === 'cudaMemcpyHostToDevice' ? launched : !launched;
  return fetches ? [{ ...change, preferred: true }, swap] : [{ ...swap, preferred: true }, change];
}

function kindFor([destination, source]: readonly [Side | undefined, Side | undefined]): string | undefined {
  if (!destination || !source) return undefined;
  return Object.keys(sidesOfKind).find((kind) => {
    const [to, from] = sidesOfKind[kind]!;
    return to === destination && from === source;
  });
}
