/** Return addresses → source lines, by binutils' addr2line; kernels' symbols → names people wrote. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { SourceLocation } from '../../../../protocol/src';
import { runProcess } from '../../process';
import type { Toolkit } from '../../toolchain';
import type { Frame, ProcessTrace } from './records';

const timeLimitMs = 60_000;

export interface Symbols {
  /** The program's own lines of a stack, the innermost first. */
  readonly framesOf: (trace: ProcessTrace, stack: number) => readonly SourceLocation[];
  readonly nameOf: (symbol: string) => string;
  readonly notes: readonly string[];
}

export async function symbolize(
  traces: readonly ProcessTrace[],
  toolkit: Toolkit,
  signal: AbortSignal,
): Promise<Symbols> {
  const notes: string[] = [];
  const isSystem = (file: string) =>
    file.startsWith(`${toolkit.root}/`) || /^\/(usr|lib|lib64|opt|snap|nix)\//.test(file) || /-packages\//.test(file);
  const wanted = new Map<string, Set<bigint>>();
  for (const trace of traces) {
    for (const { module, address } of [...trace.stacks.values()].flat()) {
      const file = trace.modules.get(module);
      if (file === undefined || isSystem(file) || !existsSync(file)) continue;
      const addresses = wanted.get(file) ?? new Set();
      wanted.set(file, addresses.add(address));
    }
  }
  const lines = new Map<string, ReadonlyMap<bigint, readonly CodePlace[]>>();
  for (const [file, addresses] of wanted) {
    const found = await addressLines(file, [...addresses], signal);
    if (found === undefined) {
      notes.push(
        l10n.t(
          'Source lines are not known: addr2line cannot be run. It comes with binutils, as g++ does; install the package binutils.',
        ),
      );
      break;
    }
    lines.set(file, found);
  }

  const framesOf = (trace: ProcessTrace, stack: number): SourceLocation[] =>
    userFrames(
      (trace.stacks.get(stack) ?? []).flatMap(({ module, address }: Frame) => {
        const file = trace.modules.get(module);
        return (file === undefined ? undefined : lines.get(file)?.get(address)) ?? [];
      }),
      (file) => !isSystem(file),
    );
  const symbols = traces.flatMap((trace) => [...trace.strings.values()].filter((name) => name.startsWith('_Z')));
  const names = await demangled([...new Set(symbols)], toolkit, signal);
  return { framesOf, nameOf: (symbol) => names.get(symbol) ?? symbol, notes };
}

/** One place of an address: an inlined function has several. */
export interface CodePlace {
  /** Mangled. */
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

/**
 * The lines of the program's own code. Left out is what nvcc puts between a launch and the runtime: the stub and the host
 * function of the kernel's name, whose line is the kernel's and not the launch's.
 */
export function userFrames(places: readonly CodePlace[], isOwn: (file: string) => boolean): SourceLocation[] {
  const frames: SourceLocation[] = [];
  let afterStub = false;
  for (const place of places) {
    if (place.function.includes('device_stub_')) {
      afterStub = true;
      continue;
    }
    const isWrapper = afterStub;
    afterStub = false;
    if (isWrapper || place.line === 0 || !isOwn(place.file)) continue;
    const last = frames.at(-1);
    if (last?.file !== place.file || last.line !== place.line) frames.push({ file: place.file, line: place.line });
  }
  return frames;
}

/** Undefined when there is no addr2line. */
async function addressLines(
  file: string,
  addresses: readonly bigint[],
  signal: AbortSignal,
): Promise<Map<bigint, readonly CodePlace[]> | undefined> {
  // A return address stands behind its call, maybe already at the next line.
  const input = addresses.map((address) => `0x${(address - 1n).toString(16)}\n`).join('');
  const result = await runProcess('addr2line', ['-e', file, '-a', '-i', '-f'], {
    input,
    timeLimitMs,
    outputLimit: 256 * 1024 * 1024,
    signal,
  });
  if (result.status === 'notStarted') return undefined;
  return result.status === 'exited' ? parseAddressLines(result.stdout) : new Map();
}

/** By return address. */
export function parseAddressLines(text: string): Map<bigint, readonly CodePlace[]> {
  const places = new Map<bigint, readonly CodePlace[]>();
  let current: CodePlace[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (/^0x[0-9a-f]+$/.test(line)) {
      current = [];
      places.set(BigInt(line) + 1n, current);
      continue;
    }
    const place = /^(.*):(\d+|\?)(?: \(discriminator \d+\))?$/.exec(lines[++index] ?? '');
    if (place === null) continue;
    current.push({
      function: line,
      file: path.normalize(place[1] ?? ''),
      line: place[2] === '?' ? 0 : Number(place[2]),
    });
  }
  return places;
}

async function demangled(
  symbols: readonly string[],
  toolkit: Toolkit,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  if (symbols.length === 0) return new Map();
  for (const tool of [path.join(toolkit.root, 'bin', 'cu++filt'), 'c++filt']) {
    const result = await runProcess(tool, [], { input: `${symbols.join('\n')}\n`, timeLimitMs, signal });
    const lines = result.stdout.trimEnd().split('\n');
    if (result.status !== 'exited' || result.code !== 0 || lines.length !== symbols.length) continue;
    return new Map(symbols.map((symbol, index) => [symbol, kernelName(lines[index] ?? symbol)]));
  }
  return new Map();
}

/** `void ns::scale<float>(float*, int)` → `ns::scale<float>`: the name as a launch writes it. */
export function kernelName(signature: string): string {
  const text = signature.trim();
  if (!text.endsWith(')')) return text;
  let depth = 0;
  let open = text.length - 1;
  for (; open >= 0; open--) {
    if (text[open] === ')') depth++;
    else if (text[open] === '(' && --depth === 0) break;
  }
  // Templates tell their return type, which of a kernel is always void.
  const name = text.slice(0, open).replace(/^(?:static )?void /, '');
  return name === ''
    ? text
    : withoutCasts(name.replace(/\(anonymous namespace\)::|<unnamed>::|_NV_ANON_NAMESPACE::/g, ''));
}

/** `<(int)8, (bool)1>` as a source writes it: `<8, true>`. */
function withoutCasts(name: string): string {
  return name
    .replace(/\(bool\)([01])\b/g, (_, value) => (value === '1' ? 'true' : 'false'))
    .replace(/\((?:(?:un)?signed )?(?:char|short|int|long|long long)\)(?=-?\d)/g, '');
}
