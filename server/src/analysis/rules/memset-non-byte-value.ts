import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { elementOf, isScalar } from './lib/elements';
import { callsOf, perHostFunction, type ApiCall } from './lib/host';
import { msg, type Report, type Rule } from './rule';

/** cudaMemset sets bytes: an int "set to 1" becomes 16843009. */
export const memsetNonByteValue: Rule = {
  id: 'memset-non-byte-value',
  severity: 'warning',
  summary: 'cudaMemset is given a value for elements of more than one byte, which it cannot set.',
  run: perHostFunction(/^cudaMemset/, (fn, analysis) => callsOf(fn).flatMap((call) => check(call, fn, analysis))),
};

/** Largest and infinite values, whose lowest byte is none of their own. */
const limits =
  /^(?:U?(?:INT|LONG|LLONG|SHRT)_(?:MAX|MIN)|U?INT(?:16|32|64)_(?:MAX|MIN)|(?:FLT|DBL)_MAX|INFINITY|NAN|HUGE_VALF?)$/;

function check({ name, arguments: args }: ApiCall, fn: FunctionFacts, analysis: Analysis): Report[] {
  const [pointer, value] = args;
  if (!/^cudaMemset(?:Async)?$/.test(name) || !pointer || !value) return [];
  const element = elementOf(pointer, fn, analysis);
  if (!element || element.size < 2 || !isScalar(element, analysis)) return [];
  if (limits.test(value.text))
    return [{ span: value.span, message: msg('cudaMemset sets single bytes: {0} does not fit into one', value.text) }];
  // A value in hexadecimal or a character is meant as a byte.
  if (/0[xXbB]|'/.test(spelled(value, analysis))) return [];
  const folded = analysis.evaluator.evaluate(analysis.evaluator.resolveText(value.text, { at: value, function: fn }));
  if (!folded.known) return [];
  const number = Number(folded.value);
  const byte = Math.trunc(number) & 0xff;
  const whole = Number.isInteger(number) && number >= -128 && number <= 255;
  // 0 and -1 are the same in every byte; 127, 128, 254 and the like are chosen as bytes: a large or a small sentinel.
  if (whole && (byte === 0 || byte === 255 || (number >= 63 && number !== 100))) return [];
  const filled = fill(element.base, element.size, byte, analysis);
  if (filled === undefined) return [];
  const message = msg('cudaMemset sets single bytes: each {0} becomes {1}, not {2}', element.text, filled, value.text);
  return [{ span: value.span, message }];
}

/** The value as written, behind a macro or a constant. */
function spelled(value: SyntaxNode, { evaluator }: Analysis): string {
  const macro = evaluator.index.macros.get(value.text);
  return macro ? macro.map(({ value: { body } }) => body).join(' ') : value.text;
}

/** What an element holds when each of its bytes is `byte`. */
function fill(base: string, size: number, byte: number, { evaluator }: Analysis): string | undefined {
  const type = evaluator.types.number(base);
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 8; i++) view.setUint8(i, byte);
  switch (type) {
    case 'f32':
      return String(Number(view.getFloat32(0).toPrecision(6)));
    case 'f64':
      return String(Number(view.getFloat64(0).toPrecision(6)));
    case 'i16':
      return String(view.getInt16(0));
    case 'u16':
      return String(view.getUint16(0));
    case 'i32':
      return String(view.getInt32(0));
    case 'u32':
      return String(view.getUint32(0));
    case 'i64':
      return String(view.getBigInt64(0));
    case 'u64':
      return String(view.getBigUint64(0));
    default:
      return size > 1 ? undefined : String(byte);
  }
}
