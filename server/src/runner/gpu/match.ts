/** Finds the symbol of a planned kernel among those of its cubin. */
import type { LaunchPlan, PlannedArgument } from '../../../../protocol/src';
import { demangle, type MangledName } from './demangle';

export type SymbolMatch =
  | { readonly symbol: string }
  /** Nothing of that name is in the cubin. */
  | { readonly symbol: undefined };

interface Candidate {
  readonly symbol: string;
  readonly name: MangledName;
}

type PlannedKernel = Pick<LaunchPlan, 'kernel' | 'templateArguments' | 'arguments'>;

/** The best fitting entry; of equally good ones the first, so that the answer never depends on chance. */
export function matchSymbol(plan: PlannedKernel, symbols: readonly string[]): SymbolMatch {
  const wanted = plan.kernel.split('::').filter(isNamed);
  const candidates = symbols.flatMap((symbol): Candidate[] => {
    const name = demangle(symbol);
    if (name !== undefined) return [{ symbol, name }];
    // The reader gave up; the length-prefixed identifier still tells the kernel's name.
    const last = wanted[wanted.length - 1] ?? '';
    return symbol.includes(`${last.length}${last}`) ? [{ symbol, name: { path: wanted } }] : [];
  });
  let best: { symbol: string; cost: number } | undefined;
  for (const { symbol, name } of candidates) {
    const pathCost = costOfPath(wanted, name.path.filter(isNamed));
    if (pathCost === undefined) continue;
    const cost = pathCost + costOfTemplate(plan.templateArguments, name) + costOfParameters(plan.arguments, name);
    if (best === undefined || cost < best.cost) best = { symbol, cost };
  }
  return { symbol: best?.symbol };
}

function isNamed(part: string): boolean {
  return part !== '' && !part.startsWith('(') && !part.startsWith('<');
}

/** The source may be inside a namespace that only a macro opens, so one path may be the end of the other. */
function costOfPath(wanted: readonly string[], found: readonly string[]): number | undefined {
  const shared = Math.min(wanted.length, found.length);
  if (shared === 0) return undefined;
  for (let back = 1; back <= shared; back++) {
    if (wanted[wanted.length - back] !== found[found.length - back]) return undefined;
  }
  return 100 * Math.abs(wanted.length - found.length);
}

function costOfTemplate(wanted: readonly string[], name: MangledName): number {
  const found = name.templateArguments ?? [];
  let cost = wanted.length > 0 && found.length === 0 ? 50 : 0;
  wanted.forEach((text, index) => {
    const value = found[index];
    if (value !== undefined && differ(canonical(text), canonical(value))) cost += 10;
  });
  return cost;
}

function costOfParameters(wanted: readonly PlannedArgument[], name: MangledName): number {
  if (name.parameters === undefined) return 0;
  let cost = 5 * Math.abs(wanted.length - name.parameters.length);
  wanted.forEach((argument, index) => {
    const found = name.parameters?.[index];
    if (found !== undefined && differ(typeOfArgument(argument), canonical(found))) cost += 1;
  });
  return cost;
}

function typeOfArgument(argument: PlannedArgument): string {
  switch (argument.kind) {
    case 'scalar':
      return argument.scalar;
    case 'buffer':
      return argument.element.lanes === 1 ? `${argument.element.scalar}*` : canonical(argument.type);
    case 'pointers':
      return argument.element.lanes === 1 ? `${argument.element.scalar}**` : canonical(argument.type);
    case 'struct':
    case 'opaque':
      return canonical(argument.type);
  }
}

function differ(a: string, b: string): boolean {
  return a !== '?' && b !== '?' && a !== b;
}

const scalars: Readonly<Record<string, string>> = {
  bool: 'bool',
  char: 'i8',
  'signed char': 'i8',
  int8_t: 'i8',
  'unsigned char': 'u8',
  uint8_t: 'u8',
  short: 'i16',
  int16_t: 'i16',
  'unsigned short': 'u16',
  uint16_t: 'u16',
  int: 'i32',
  int32_t: 'i32',
  unsigned: 'u32',
  'unsigned int': 'u32',
  uint32_t: 'u32',
  long: 'i64',
  'long long': 'i64',
  int64_t: 'i64',
  'unsigned long': 'u64',
  'unsigned long long': 'u64',
  uint64_t: 'u64',
  size_t: 'u64',
  float: 'f32',
  double: 'f64',
  half: 'f16',
  __half: 'f16',
  bfloat16: 'bf16',
  __nv_bfloat16: 'bf16',
  true: '1',
  false: '0',
};

/** One spelling for types that are the same, and for equal numbers. `?` is an expression that only a compiler can read. */
function canonical(text: string): string {
  const plain = text
    .replace(/\b(const|volatile|__restrict__|__restrict|restrict|typename|struct|std::)\b/g, ' ')
    .replace(/std::/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const number = /^([-+]?\d+)[uUlL]*$/.exec(plain);
  if (number !== null) return BigInt(number[1] ?? '0').toString();
  const pointers = plain.replace(/[^*]/g, '');
  const base = plain.replace(/[*\s]+$/g, '').trim();
  const scalar = scalars[base];
  if (scalar !== undefined) return scalar + pointers;
  if (!/^[A-Za-z_][\w:<>, ]*$/.test(base)) return '?';
  return base.replace(/\s*([<>,])\s*/g, '$1').replace(/^.*::/, '') + pointers;
}
