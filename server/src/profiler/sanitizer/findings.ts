/** Reports of thousands of threads become one finding for each line that did something wrong. Pure. */
import * as l10n from '@vscode/l10n';
import type { SourceLocation } from '../../../../protocol/src';
import type { SanitizerFinding, SanitizerNote } from '../../../../protocol/src/sanitize';
import { byteCount, describeAddress, grouped, type NamedRange } from './memory';
import type { Frame, SanitizerRecord } from './record';

export interface FindingsContext {
  /** The plan's buffers where they lay; empty for a program. */
  readonly ranges: readonly NamedRange[];
  /** Whether a place is the user's own, and not a header of the toolkit or generated code. */
  readonly isOwn: (file: string) => boolean;
}

export function findingsOf(records: readonly SanitizerRecord[], context: FindingsContext): SanitizerFinding[] {
  const groups = new Map<string, { readonly first: SanitizerRecord; count: number }>();
  const failedCalls = new Set<string>();
  for (const record of records) {
    // A program may end as it likes; what it did wrong has reports of its own.
    if (record.kind === 'other' && /^Target application returned an error/.test(record.text)) continue;
    if (record.kind === 'api') {
      // Asking for the last error only repeats it.
      if (/^cuda(?:Get|Peek)(?:At)?LastError$/.test(record.call) && failedCalls.has(record.error)) continue;
      failedCalls.add(record.error);
    }
    const key = JSON.stringify([
      record.tool,
      record.severity,
      record.where,
      ...identity(record),
      placeOf(record, context),
    ]);
    const count = record.kind === 'race' ? record.hazards : 1;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: record, count });
    else known.count += count;
  }
  return [...groups.values()].map(({ first, count }) => findingOf(first, count, context));
}

/** What makes two reports of one line different. */
function identity(record: SanitizerRecord): readonly unknown[] {
  switch (record.kind) {
    case 'access':
      return [record.kind, record.space, record.direction, record.error];
    case 'race':
      return [record.kind, record.first, record.second, record.other];
    case 'barrier':
      return [record.kind, record.detail];
    case 'api':
      return [record.kind, record.call, record.error];
    case 'other':
      return [record.kind, record.text];
    case 'uninitialized':
    case 'leak':
      return [record.kind];
  }
}

function findingOf(record: SanitizerRecord, count: number, context: FindingsContext): SanitizerFinding {
  const location = placeOf(record, context);
  const kernel = record.where?.function ?? record.deviceStack.at(-1)?.function;
  return {
    tool: record.tool,
    kind: record.kind,
    severity: record.severity,
    message: `${sentence(record, context)}${occurrences(record, count)}.`,
    ...(location === undefined ? {} : { location }),
    ...(kernel === undefined ? {} : { kernel }),
    count,
    ...(record.block === undefined ? {} : { block: record.block }),
    ...(record.thread === undefined ? {} : { thread: record.thread }),
    related: relatedTo(record, location, context),
  };
}

function sentence(record: SanitizerRecord, { ranges }: FindingsContext): string {
  switch (record.kind) {
    case 'access': {
      const { space, bytes, error, address } = record;
      const at =
        address === undefined || space !== 'global' ? undefined : describeAddress(address, ranges, record.nearest);
      const how = howOf(error);
      return accessText(record.direction, byteCount(bytes), space, how) + (at === undefined ? '' : `: ${at}`);
    }
    case 'uninitialized': {
      const at = record.address === undefined ? undefined : describeAddress(record.address, ranges, undefined);
      const text = l10n.t('Reads {0} memory that nothing has written', record.space);
      return at === undefined ? text : `${text}: ${at}`;
    }
    case 'race': {
      const [first, second] = [record.first || 'access', record.second || 'access'];
      const line = record.other.line;
      const same = record.where?.file === record.other.file && record.where?.line === line;
      if (same) {
        return l10n.t(
          'Race in shared memory: no barrier lies between this {0} and the same {1} of another thread',
          first,
          second,
        );
      }
      return line === undefined
        ? l10n.t('Race in shared memory: no barrier lies between this {0} and a {1}', first, second)
        : l10n.t('Race in shared memory: no barrier lies between this {0} and a {1} at line {2}', first, second, line);
    }
    case 'barrier':
      return l10n.t('Barrier error: {0}', record.detail.charAt(0).toLowerCase() + record.detail.slice(1));
    case 'api':
      return l10n.t('{0} failed: {1} ({2})', record.call, record.detail, record.error);
    case 'leak':
      return l10n.t('{0} of device memory were never freed', byteCount(record.bytes));
    case 'other':
      return record.text.replace(/\.$/, '');
  }
}

function accessText(direction: string, bytes: string, space: string, how: string): string {
  switch (direction) {
    case 'read':
      return l10n.t('Reads {0} of {1} memory {2}', bytes, space, how);
    case 'write':
      return l10n.t('Writes {0} of {1} memory {2}', bytes, space, how);
    case 'atomic':
      return l10n.t('Updates (atomically) {0} of {1} memory {2}', bytes, space, how);
    default:
      return l10n.t('Accesses {0} of {1} memory {2}', bytes, space, how);
  }
}

/** The tool's own words are English. */
function howOf(error: string): string {
  if (error === 'misaligned') return l10n.t('at a misaligned address');
  return error === 'out of bounds' ? l10n.t('out of bounds') : error;
}

function occurrences({ kind, thread, block }: SanitizerRecord, count: number): string {
  const times = l10n.t('{0} times', grouped(count));
  if (thread === undefined || block === undefined) {
    if (kind === 'race') return count > 1 ? ` (${l10n.t('{0} hazards', grouped(count))})` : '';
    return count > 1 ? ` (${times})` : '';
  }
  const who = l10n.t('thread ({0}) of block ({1})', thread.join(', '), block.join(', '));
  return count > 1 ? ` (${l10n.t('{0}, first by {1}', times, who)})` : ` (${who})`;
}

/** Where it happened, else the innermost caller that has a line, else the call on the host. */
function placeOf(record: SanitizerRecord, { isOwn }: FindingsContext): SourceLocation | undefined {
  const device = [...(record.where === undefined ? [] : [record.where]), ...record.deviceStack];
  const frames = [...device, ...hostFrames(record)];
  const chosen =
    frames.find(({ file }) => file !== undefined && isOwn(file)) ?? device.find(({ file }) => file !== undefined);
  return locationOf(chosen);
}

/** Frames of the host, without nvcc's stub of the kernel, which stands at the kernel's own line. */
function hostFrames(record: SanitizerRecord): readonly Frame[] {
  const { hostStack, where, deviceStack } = record;
  const kernel = plainName(deviceStack.at(-1) ?? where);
  const isGenerated = (frame: Frame | undefined) => frame?.file?.endsWith('.stub.c') === true;
  const launching = record.kind === 'api' && /^cudaLaunch/.test(record.call);
  const withPlace = hostStack.filter((frame, index) => {
    return frame.file !== undefined && !isGenerated(frame) && !isGenerated(hostStack[index - 1]);
  });
  const isStub = (frame: Frame | undefined) => {
    if (kernel !== undefined) return plainName(frame) === kernel;
    // Of a launch that failed nothing on the device tells the kernel; the printed backtrace begins with its stub.
    return launching && !hostStack.some(isGenerated) && withPlace.length > 1;
  };
  return isStub(withPlace[0]) ? withPlace.slice(1) : withPlace;
}

function plainName(frame: Frame | undefined): string | undefined {
  return frame?.function?.replace(/[(<].*$/, '');
}

function relatedTo(
  record: SanitizerRecord,
  place: SourceLocation | undefined,
  { isOwn }: FindingsContext,
): SanitizerNote[] {
  const notes: SanitizerNote[] = [];
  const add = (message: string, frame: Frame | undefined) => {
    const location = locationOf(frame);
    if (location === undefined) return;
    if (location.file === place?.file && location.line === place.line) return;
    if (!notes.some((note) => note.location?.file === location.file && note.location.line === location.line))
      notes.push({ message, location });
  };
  if (record.kind === 'race')
    add(record.second ? l10n.t('The {0}', record.second) : l10n.t('The other access'), record.other);
  if (record.where?.file !== undefined && !isOwn(record.where.file))
    add(record.where.function ? l10n.t('In {0}', record.where.function) : l10n.t('In a header'), record.where);
  for (const frame of record.deviceStack)
    add(frame.function ? l10n.t('Called from {0}', frame.function) : l10n.t('Called from here'), frame);
  const host = hostFrames(record).filter(({ file }) => file !== undefined && isOwn(file));
  const calls = record.kind === 'api' || record.kind === 'leak';
  host.forEach((frame, index) => {
    const name = frame.function ?? l10n.t('this place');
    if (index > 0) add(l10n.t('which is called in {0}', name), frame);
    else add(calls ? l10n.t('Called in {0}', name) : l10n.t('Launched in {0}', name), frame);
  });
  return notes;
}

function locationOf(frame: Frame | undefined): SourceLocation | undefined {
  return frame?.file === undefined || frame.line === undefined ? undefined : { file: frame.file, line: frame.line };
}
