/** Decimal text that a device scalar takes: whole for integers, exact for bigint. */
export function numberText(value: number | bigint, floating: boolean): string {
  if (typeof value === 'bigint') return value.toString();
  if (!Number.isFinite(value)) return '0';
  return floating ? String(value) : BigInt(Math.trunc(value)).toString();
}
