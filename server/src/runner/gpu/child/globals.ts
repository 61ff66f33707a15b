/** Where the variables of a plan lie in a loaded module. */
import * as l10n from '@vscode/l10n';
import type { GlobalVariable } from '../../../../../protocol/src/plan';
import { sizeMismatch } from '../../check/findings';
import { demangle } from '../demangle';
import { cubinVariables } from '../elf';
import { PlanMismatch, result, type Driver } from './driver';

/** Addresses by index into the plan's globals. What the compiler left out because nothing uses it has none. */
export function globalAddresses(
  driver: Driver,
  module: bigint,
  image: Uint8Array,
  globals: readonly GlobalVariable[],
): Map<number, bigint> {
  const addresses = new Map<number, bigint>();
  if (globals.length === 0) return addresses;
  const symbols = cubinVariables(image);
  globals.forEach((variable, index) => {
    const symbol = symbolOf(variable.name, symbols);
    if (symbol === undefined) return;
    const address = Buffer.alloc(8);
    const size = Buffer.alloc(8);
    const code = driver.raw.cuModuleGetGlobal(address, size, module, symbol);
    if (code === result.notFound) return;
    if (code !== result.success) throw driver.error(code, 'cuModuleGetGlobal', l10n.t('Variable {0}.', variable.name));
    const [planned, actual] = [variable.element.bytes * variable.count, Number(size.readBigUInt64LE())];
    if (planned !== actual) throw new PlanMismatch(sizeMismatch({ name: variable.name, planned, actual }));
    addresses.set(index, address.readBigUInt64LE());
  });
  return addresses;
}

/** Variables of unnamed namespaces lie in one that the compiler names after the file. */
export function symbolOf(name: string, symbols: readonly string[]): string | undefined {
  const wanted = name.split('::').filter((part) => part !== '');
  const fits = (symbol: string): boolean => {
    const path = demangle(symbol)?.path.filter((part) => !/^(?:_INTERNAL_|_GLOBAL__N_|\(|$)/.test(part)) ?? [];
    return path.length === wanted.length && path.every((part, index) => part === wanted[index]);
  };
  return symbols.find((symbol) => symbol === name) ?? symbols.find(fits);
}
