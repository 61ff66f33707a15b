/**
 * The front end's SARIF (`--output_mode=sarif`). Its columns are exact code points of the preprocessed line, also where
 * the text form prints no source line: a front end that reads a pipe cannot go back for one. Pure.
 */
import { decodeUniversalNames } from './parse';
import type { CompilerMessage, RelatedMessage } from './types';

/** A preprocessed line by the place it came from, for the caret; undefined where it is not at hand. */
export type PreprocessedLine = (file: string, line: number) => string | undefined;

interface SarifLocation {
  physicalLocation?: {
    artifactLocation?: { uri?: string };
    region?: { startLine?: number; startColumn?: number };
  };
  message?: { text?: string };
}

interface SarifResult {
  ruleId?: string;
  level?: string;
  message?: { text?: string };
  locations?: SarifLocation[];
  relatedLocations?: SarifLocation[];
}

/** The messages, or undefined if the text is not the SARIF expected. */
export function parseFrontEndSarif(text: string, lineAt: PreprocessedLine): CompilerMessage[] | undefined {
  const start = text.indexOf('{"version"');
  if (start < 0) return undefined;
  const results = resultsOf(text.slice(start));
  return results?.flatMap((result) => {
    const message = toMessage(result, lineAt);
    return message === undefined ? [] : [message];
  });
}

function resultsOf(text: string): SarifResult[] | undefined {
  for (const candidate of [text, repaired(text)]) {
    try {
      const parsed = JSON.parse(candidate) as { runs?: { results?: SarifResult[] }[] };
      return parsed.runs?.flatMap((run) => run.results ?? []);
    } catch {
      // The next candidate is the repaired one.
    }
  }
  return undefined;
}

/** The front end of CUDA 13.0 leaves out commas between objects and leaves them in before a closing bracket. */
function repaired(text: string): string {
  let inString = false;
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (inString) {
      out += c;
      if (c === '\\') out += text[++i] ?? '';
      else if (c === '"') inString = false;
      continue;
    }
    if (/\s/.test(c)) continue;
    if (c === '"') inString = true;
    if (c === '{' && out.endsWith('}')) out += ',';
    if ((c === ']' || c === '}') && out.endsWith(',')) out = out.slice(0, -1);
    out += c;
  }
  return out;
}

/** Levels that SARIF does not know, `catastrophe` among them, are errors. */
function severityOf(level: string | undefined): CompilerMessage['severity'] {
  if (level === 'warning') return 'warning';
  return level === 'note' || level === 'remark' || level === 'none' ? 'information' : 'error';
}

function toMessage(result: SarifResult, lineAt: PreprocessedLine): CompilerMessage | undefined {
  const place = placeOf(result.locations?.[0]);
  // Remarks without a place advertise options.
  if (place === undefined) return undefined;
  const severity = severityOf(result.level);
  const printed = place.column === undefined ? undefined : lineAt(place.file, place.line);
  return {
    origin: 'frontend',
    severity,
    message: decodeUniversalNames(result.message?.text ?? '').trimEnd(),
    ...codeOf(result.ruleId, severity),
    file: place.file,
    line: place.line,
    ...(printed === undefined || place.column === undefined ? {} : { caret: caretIn(printed, place.column) }),
    related: (result.relatedLocations ?? []).flatMap((location): RelatedMessage[] => {
      const related = placeOf(location);
      if (related === undefined) return [];
      return [{ message: decodeUniversalNames(location.message?.text ?? ''), file: related.file, line: related.line }];
    }),
  };
}

/** SARIF numbers NVIDIA's own messages 16,543 lower than the text form does. */
const ownNumbers = 3_000;
const numberOffset = 16_543;

/** The number as nvcc's text and its options write it: warnings can be suppressed (`-D`), errors are printed without. */
function codeOf(ruleId: string | undefined, severity: CompilerMessage['severity']): { code: string } | object {
  const number = /^EC(\d+)$/.exec(ruleId ?? '')?.[1];
  if (number === undefined || severity === 'error') return {};
  const value = Number(number);
  return { code: `${value > ownNumbers ? value + numberOffset : value}-D` };
}

function caretIn(printed: string, column: number): { text: string; column: number } {
  const before = [...printed].slice(0, column - 1).join('');
  return { text: decodeUniversalNames(printed), column: [...decodeUniversalNames(before)].length };
}

function placeOf(location: SarifLocation | undefined): { file: string; line: number; column?: number } | undefined {
  const uri = location?.physicalLocation?.artifactLocation?.uri;
  const region = location?.physicalLocation?.region;
  if (uri === undefined || region?.startLine === undefined) return undefined;
  const column = region.startColumn === undefined ? {} : { column: region.startColumn };
  return { file: pathOf(uri), line: region.startLine, ...column };
}

/** The front end escapes nothing: what follows `file://` is the path, and before a drive letter one slash more. */
function pathOf(uri: string): string {
  return uri.replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, '');
}
