/**
 * Parser of what `nvcc` prints. nvcc is a driver: the CUDA front end (cudafe++, cicc), gcc, clang or cl, ptxas and
 * nvlink each have a form of their own. Pure; lines it does not know are dropped.
 */
import { isResourceLine } from './resources';
import type { CompilerMessage, RelatedMessage } from './types';

type Severity = CompilerMessage['severity'];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Building = Mutable<CompilerMessage> & { related: RelatedMessage[] };

/** `a.cu(3): error #20: identifier "foo" is undefined`; MSVC's `a.cu(3): error C2065: …` has the same shape. */
const frontEnd =
  /^(?<file>.+?)\((?<line>\d+)(?:,\d+)?\)\s?: (?<kind>catastrophic error|fatal error|error|warning|remark|note)(?: (?:#?(?<number>\d+(?:-D)?)|(?<msvc>[A-Z]+\d+)))?: (?<text>.*?)(?: \[[^\]]+\.vcxproj\])?$/;
/** `a.cu:1:10: fatal error: missing.h: No such file or directory` */
const gcc =
  /^(?<file>(?:[A-Za-z]:)?[^:]+):(?<line>\d+):(?:(?<column>\d+):)? (?<kind>fatal error|error|warning|note): (?<text>.*?)(?: \[(?<flag>-W[^\]]+)\])?$/;
const gccWithoutPlace = /^(?:cc1plus|g\+\+|gcc|clang[^:]*): (?<kind>fatal error|error|warning): (?<text>.*)$/;
const ptxasAtLine = /^ptxas (?<file>.+), line (?<line>\d+); (?<kind>error|warning|fatal|info)\s*: (?<text>.*)$/;
const driver = /^(?<tool>nvcc|ptxas|nvlink|fatbinary|cicc|cudafe\+\+)\s+(?<kind>fatal|error|warning)\s*: (?<text>.*)$/;
const internalError = /^(?:Internal error|.*Internal Compiler Error|.*assertion failed at: ).*$/i;
const instantiation =
  /^ {8,}(?:detected during:?\s*)?(?<text>(?:instantiation|processing|implicit|generating|checking|detected).*)$/;
const atLine = /\bat line (?<line>\d+)(?: of "?(?<file>[^"]+?)"?)?$/;
/** Releases up to 11 give the place of what was instantiated, or declared, a line of its own: `a.cu(12): here`. */
const hereLine = /^(?<file>.*?)\((?<line>\d+)\): here$/;
const caretLine = /^\s*\^\s*$/;

export function parseNvccOutput(output: string): CompilerMessage[] {
  const messages: Building[] = [];
  let current: Building | undefined;
  /** Where continuation lines go: the message itself, or the note hanging on it. */
  let note: Mutable<RelatedMessage> | undefined;
  let pendingSource: string | undefined;
  /** What a `here` on the next line is the place of. */
  let placeless: string | undefined;

  const start = (message: Building) => {
    messages.push(message);
    current = message;
    note = undefined;
    pendingSource = undefined;
  };

  for (const raw of output.split(/\r?\n/)) {
    const line = raw.trimEnd();
    if (line === '') {
      current = note = pendingSource = undefined;
      continue;
    }
    if (isChatter(line)) continue;

    const edg = frontEnd.exec(line)?.groups;
    if (edg !== undefined) {
      const text = decodeUniversalNames(edg['text'] ?? '');
      const place = { file: edg['file'] ?? '', line: Number(edg['line']) };
      const owner = messages.at(-1);
      if (edg['kind'] === 'note' && owner !== undefined) {
        note = { message: text, ...place };
        owner.related.push(note);
        current = undefined;
        pendingSource = undefined;
        continue;
      }
      const code = edg['number'] ?? edg['msvc'];
      start({
        origin: edg['msvc'] === undefined ? 'frontend' : 'host',
        severity: severityOf(edg['kind'] ?? ''),
        message: text,
        ...place,
        ...(code === undefined ? {} : { code }),
        related: [],
      });
      continue;
    }

    const fromGcc = gcc.exec(line)?.groups;
    if (fromGcc !== undefined) {
      const place = { file: fromGcc['file'] ?? '', line: Number(fromGcc['line']) };
      const owner = messages.at(-1);
      if (fromGcc['kind'] === 'note' && owner !== undefined) {
        owner.related.push({ message: fromGcc['text'] ?? '', ...place });
        continue;
      }
      start({
        origin: 'host',
        severity: severityOf(fromGcc['kind'] ?? ''),
        message: fromGcc['text'] ?? '',
        ...place,
        ...(fromGcc['column'] === undefined ? {} : { column: Number(fromGcc['column']) }),
        ...(fromGcc['flag'] === undefined ? {} : { code: fromGcc['flag'] }),
        related: [],
      });
      // gcc's own source and caret lines carry nothing new: it prints columns.
      current = undefined;
      continue;
    }

    const withoutPlace = gccWithoutPlace.exec(line)?.groups;
    if (withoutPlace !== undefined) {
      start({
        origin: 'host',
        severity: severityOf(withoutPlace['kind'] ?? ''),
        message: withoutPlace['text'] ?? '',
        related: [],
      });
      current = undefined;
      continue;
    }

    const atPtx = ptxasAtLine.exec(line)?.groups;
    if (atPtx !== undefined) {
      if (atPtx['kind'] !== 'info') {
        start({
          origin: 'ptxas',
          severity: severityOf(atPtx['kind'] ?? ''),
          message: atPtx['text'] ?? '',
          ptx: { file: atPtx['file'] ?? '', line: Number(atPtx['line']) },
          related: [],
        });
      }
      current = undefined;
      continue;
    }

    const fromDriver = driver.exec(line)?.groups;
    if (fromDriver !== undefined) {
      const text = fromDriver['text'] ?? '';
      // Follows the ptxas errors it counts; says nothing of its own.
      if (/^Ptx assembly aborted due to errors/.test(text)) continue;
      const symbol = /[Ff]unction '([^']+)'/.exec(text)?.[1];
      start({
        origin: originOf(fromDriver['tool'] ?? ''),
        severity: severityOf(fromDriver['kind'] ?? ''),
        message: text,
        ...(symbol === undefined ? {} : { symbol }),
        related: [],
      });
      current = undefined;
      continue;
    }

    if (internalError.test(line)) {
      start({ origin: 'frontend', severity: 'error', message: line.trim(), related: [] });
      continue;
    }

    const owner = messages.at(-1);
    if (owner?.origin !== 'frontend') continue;
    const here = hereLine.exec(line)?.groups;
    if (here !== undefined) {
      const file = here['file'] === '' ? owner.file : here['file'];
      if (file !== undefined && placeless !== undefined)
        owner.related.push({ message: placeless, file, line: Number(here['line']) });
      placeless = undefined;
      continue;
    }
    if (caretLine.test(line) && pendingSource !== undefined) {
      if (note === undefined && current !== undefined && current.caret === undefined) {
        current.caret = {
          text: decodeUniversalNames(pendingSource),
          column: decodedColumn(pendingSource, line.indexOf('^')),
        };
      }
      pendingSource = undefined;
      continue;
    }
    const context = instantiation.exec(line)?.groups?.['text'];
    if (context !== undefined && note === undefined) {
      placeless = addContext(owner, decodeUniversalNames(context));
      continue;
    }
    if (pendingSource === undefined && raw.startsWith('            ') && current?.caret === undefined) {
      const more = decodeUniversalNames(line.trim());
      placeless = more;
      if (note !== undefined) note.message += `; ${more}`;
      else if (current !== undefined) current.message += `; ${more}`;
      continue;
    }
    pendingSource = line;
  }
  return messages;
}

/** Lines that only count or advertise. */
function isChatter(line: string): boolean {
  return (
    /^\d+ (?:errors?|warnings?|catastrophic errors?)\b.* detected in (?:the |this )?compilation\b/.test(line) ||
    /^Remark: The warnings can be suppressed with/.test(line) ||
    /^compilation terminated\.$/.test(line) ||
    isResourceLine(line) ||
    /^(?:In file included from|\s+from) .+:\d+(?::\d+)?[,:]$/.test(line)
  );
}

function severityOf(kind: string): Severity {
  if (kind === 'warning') return 'warning';
  if (kind === 'remark' || kind === 'note') return 'information';
  return 'error';
}

function originOf(tool: string): CompilerMessage['origin'] {
  if (tool === 'ptxas' || tool === 'nvlink') return tool;
  return tool === 'nvcc' || tool === 'fatbinary' ? 'driver' : 'frontend';
}

/** Adds the context with its place; without one, the message is handed back for the place that follows. */
function addContext(owner: Building, text: string): string | undefined {
  const place = atLine.exec(text);
  const message = `detected during ${text.slice(0, place?.index).trim()}`.replace(
    /^detected during detected/,
    'detected',
  );
  if (place?.groups === undefined) return message;
  const file = place.groups['file'] ?? owner.file;
  if (file !== undefined) owner.related.push({ message, file, line: Number(place.groups['line']) });
  return undefined;
}

const universalName = /\\U([0-9a-fA-F]{8})|\\u([0-9a-fA-F]{4})/g;

/** The front end writes identifiers outside ASCII as `\ud55c`; people read letters. */
export function decodeUniversalNames(text: string): string {
  return text.replace(universalName, (whole, long: string | undefined, short: string | undefined) => {
    const point = parseInt(long ?? short ?? '', 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

/** The caret's column after `decodeUniversalNames` shortened the line before it; in code points. */
function decodedColumn(source: string, caret: number): number {
  // The caret counts what was printed, and terminals aside that is code points.
  const before = [...source].slice(0, caret).join('');
  return [...decodeUniversalNames(before)].length;
}
