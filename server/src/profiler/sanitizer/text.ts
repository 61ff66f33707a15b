/** Reads what compute-sanitizer prints: all there is of older versions, and the allocations that its XML leaves out. Pure. */
import type { Dim3 } from '../../../../protocol/src';
import type { SanitizerTool } from '../../../../protocol/src/sanitize';
import type { Frame, NearestAllocation, SanitizerRecord } from './record';

export interface SanitizerText {
  readonly records: readonly SanitizerRecord[];
  /** Errors that were found and not printed. */
  readonly omitted: number;
}

const prefix = /^=+ ?/;

export function parseSanitizerText(output: string, tool: SanitizerTool): SanitizerText {
  const records: SanitizerRecord[] = [];
  let lines: string[] = [];
  let omitted = 0;
  const end = () => {
    const record = recordOf(lines, tool);
    if (record !== undefined) records.push(record);
    lines = [];
  };
  for (const raw of output.split(/\r?\n/)) {
    if (!prefix.test(raw)) continue;
    const line = raw.replace(prefix, '');
    const unprinted = /^ERROR SUMMARY: ([\d,]+) errors? (?:were|was) not printed/.exec(line)?.[1];
    if (unprinted !== undefined) omitted += number(unprinted);
    if (line.trim() === '') end();
    else if (/^\s/.test(line)) lines.push(line.trim());
    else {
      end();
      lines = /^(?:COMPUTE-SANITIZER|\w+ SUMMARY:)/.test(line) ? [] : [line];
    }
  }
  end();
  return { records, omitted };
}

function recordOf([head, ...details]: readonly string[], tool: SanitizerTool): SanitizerRecord | undefined {
  if (head === undefined) return undefined;
  const found = <T>(read: (line: string) => T | undefined): T | undefined => {
    for (const line of details) {
      const value = read(line);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const where = found(placeOf);
  const who = found((line) => {
    const match = /^by thread \((\d+),(\d+),(\d+)\) in block \((\d+),(\d+),(\d+)\)/.exec(line);
    return match === null ? undefined : match.slice(1).map(Number);
  });
  const [tx = 0, ty = 0, tz = 0, bx = 0, by = 0, bz = 0] = who ?? [];
  const common = {
    tool,
    severity: head.startsWith('Warning') ? 'warning' : 'error',
    ...(where === undefined ? {} : { where }),
    ...(who === undefined ? {} : { thread: [tx, ty, tz] as Dim3, block: [bx, by, bz] as Dim3 }),
    deviceStack: details.flatMap((line) => framesIn(line, /^Device Frame: ?(.+)$/)),
    hostStack: details.flatMap((line) => framesIn(line, /^Host Frame: ?(.+)$/)),
  } as const;
  const at = found((line) => /^(?:Access to|Address) (0x[0-9a-f]+)(?: is ([a-z ]+))?/.exec(line) ?? undefined);
  const address = at?.[1] === undefined ? {} : { address: BigInt(at[1]) };

  const access = /^Invalid __(\w+)__ (\w+) of size ([\d,]+)/.exec(head);
  if (access !== null) {
    const [, space = '', direction = '', bytes = '0'] = access;
    const nearest = at?.[1] === undefined ? undefined : found((line) => nearestOf(line, BigInt(at[1] ?? 0)));
    return {
      ...common,
      kind: 'access',
      space: space.toLowerCase(),
      direction: direction.toLowerCase(),
      bytes: number(bytes),
      error: at?.[2]?.trim() ?? 'invalid',
      ...address,
      ...(nearest === undefined ? {} : { nearest }),
    };
  }
  const uninitialized = /^Uninitialized __(\w+)__ memory read of size ([\d,]+)/.exec(head);
  if (uninitialized !== null) {
    return {
      ...common,
      kind: 'uninitialized',
      space: uninitialized[1] ?? '',
      bytes: number(uninitialized[2] ?? '0'),
      ...address,
    };
  }
  const race = /Race reported between (\w+) access at (.+)$/.exec(head);
  if (race !== null) {
    const [, first = '', place = ''] = race;
    const second = found((line) => /^and (\w+) access at (.+?)(?: \[([\d,]+) hazards?\])?$/.exec(line) ?? undefined);
    return {
      ...common,
      kind: 'race',
      where: placeOf(`at ${place}`) ?? {},
      first: first.toLowerCase(),
      second: (second?.[1] ?? '').toLowerCase(),
      other: placeOf(`at ${second?.[2] ?? ''}`) ?? {},
      hazards: number(second?.[3] ?? '1'),
    };
  }
  const barrier = /^Barrier error detected\. (.+?)\.?$/.exec(head);
  if (barrier !== null) return { ...common, kind: 'barrier', detail: barrier[1] ?? '' };
  const api = /^Program hit (\w+).* due to "(.*)" on CUDA API call to (\w+)/.exec(head);
  if (api !== null) {
    return { ...common, kind: 'api', error: api[1] ?? '', detail: api[2] ?? '', call: api[3] ?? '' };
  }
  const leak = /^Leaked ([\d,]+) bytes/.exec(head);
  if (leak !== null) return { ...common, kind: 'leak', bytes: number(leak[1] ?? '0') };
  return { ...common, kind: 'other', text: head };
}

/** `at scale(float *, int)+0x80 in /a/b.cu:4`, and of older versions `at 0x80 in /a/b.cu:4:scale(float*, int)`. */
function placeOf(line: string): Frame | undefined {
  const old = /^at 0x[0-9a-f]+ in (?:(.+?):(\d+):)?(.+)$/.exec(line);
  if (old !== null) return frame(old[3], old[1], old[2]);
  const now = /^at (.+?)\+0x[0-9a-f]+(?: in (.+):(\d+))?$/.exec(line);
  return now === null ? undefined : frame(now[1], now[2], now[3]);
}

function framesIn(line: string, pattern: RegExp): Frame[] {
  const text = pattern.exec(line)?.[1];
  if (text === undefined) return [];
  const match = /^(.+?)(?:\+0x[0-9a-f]+)?(?: in (.+?):(\d+))?(?: \[0x[0-9a-f]+\].*)?$/.exec(text);
  return match === null ? [] : [frame(match[1], match[2], match[3])];
}

/** `[clone kernel(int *)] callee(int *)` is the callee; parameters are left out, as in the XML. */
function frame(name: string | undefined, file: string | undefined, line: string | undefined): Frame {
  const plain = name?.replace(/^\[clone .*?\] /, '').replace(/\(.*$/, '');
  return {
    ...(plain === undefined || plain === '' ? {} : { function: plain }),
    ...(file === undefined || line === undefined ? {} : { file, line: Number(line) }),
  };
}

function nearestOf(line: string, address: bigint): NearestAllocation | undefined {
  const match = /^and is .*the nearest allocation at (0x[0-9a-f]+) of size ([\d,]+) bytes/.exec(line);
  if (match?.[1] === undefined) return undefined;
  return { offset: address - BigInt(match[1]), bytes: number(match[2] ?? '0') };
}

function number(text: string): number {
  return Number(text.replaceAll(',', ''));
}
