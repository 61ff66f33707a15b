/** Comma-separated values as ncu prints them (RFC 4180), and its numbers. Pure. */

/** Rows of fields; what precedes the table (notes of the tool) is the caller's to skip. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[index + 1] === '"') {
        field += '"';
        index++;
      } else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ',') {
      row.push(field);
      field = '';
    } else if (char === '\n') {
      row.push(field.replace(/\r$/, ''));
      rows.push(row);
      row = [];
      field = '';
    } else field += char;
  }
  if (field !== '' || row.length > 0) rows.push([...row, field]);
  return rows;
}

/** `571,980` and `0.56`; undefined where there is no number (`-`, `nan`, text, nothing). */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*[-+]?[\d.,]+(e[-+]?\d+)?\s*$/i.test(text)) return undefined;
  const value = Number(text.replaceAll(',', ''));
  return Number.isFinite(value) ? value : undefined;
}

const prefixes: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
const seconds: Readonly<Record<string, number>> = {
  s: 1,
  second: 1,
  ms: 1e-3,
  msecond: 1e-3,
  us: 1e-6,
  usecond: 1e-6,
  ns: 1e-9,
  nsecond: 1e-9,
};

/** What a number in this unit is multiplied by to be in bytes, hertz and seconds: `Gbyte/s`, `Ghz`, `us`, `sector/ns`. */
export function unitScale(unit: string): number {
  const [over = '', under] = unit.split('/');
  const per = under === undefined ? 1 : (seconds[under] ?? 1);
  const time = seconds[over];
  if (time !== undefined) return time / per;
  const prefix = /^([KMGTP])(byte|hz|inst|sector|cycle|warp|thread)/i.exec(over)?.[1];
  return (prefix === undefined ? 1 : (prefixes[prefix] ?? 1)) / per;
}
