/** Which branches of `#if` a compiler takes, as far as the macros tell. Pure. */
import { parseExpression } from './expression';
import { fold } from './fold';
import type { MacroLookup } from './tokens';

/** What stands for itself in host and device code, or differs between toolkits, decides nothing unless the project defines it. */
const undecided = /^(?:__CUDA|CUDA|CUDART|_MSC|_WIN|WIN|__APPLE__|__HIP|HIP)/;
const compiler = /^(?:__CUDACC__|__NVCC__|__cplusplus|__GNUC__|__linux__|__x86_64__)$/;

/** Whether the branch of `#if`, `#ifdef`, `#ifndef` or `#elif` is taken; undefined where that cannot be told. */
export function isBranchTaken(directive: string, condition: string, macro: MacroLookup): boolean | undefined {
  const defined = (name: string): boolean | undefined => {
    const known = macro(name);
    if (known !== undefined) return 'why' in known ? undefined : true;
    if (compiler.test(name)) return true;
    return undecided.test(name) ? undefined : false;
  };
  if (/ifn?def$/.test(directive)) {
    const name = /^\w+$/.exec(condition)?.[0];
    const is = name === undefined ? undefined : defined(name);
    return is === undefined ? undefined : is === !directive.endsWith('ndef');
  }
  const text = condition.replace(/\bdefined\s*(?:\(\s*(\w+)\s*\)|(\w+))/g, (_, inner?: string, bare?: string) => {
    const is = defined(inner ?? bare ?? '');
    return is === undefined ? unknownName : is ? '1' : '0';
  });
  const lookup: MacroLookup = (name) => {
    if (/^(?:true|false)$/.test(name)) return undefined;
    const known = macro(name);
    if (known !== undefined) return known;
    if (name === unknownName || compiler.test(name) || undecided.test(name)) return { why: 'differs' };
    // To the preprocessor, what is no macro is zero.
    return { body: '0' };
  };
  const value = fold(
    parseExpression(text, lookup, () => false),
    () => undefined,
    new Map(),
  );
  return 'ok' in value ? Number(value.ok.value) !== 0 : undefined;
}

const unknownName = '__undecided';
