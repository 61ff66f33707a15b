/** Copies and managed memory of a traced program in words. */
import * as l10n from '@vscode/l10n';
import { managedMemory, type CopyDirection, type MemoryKind, type TraceTotal } from '../../../protocol/src';
import { bytes, count } from './format';

/** `host → device, pageable`: the host's side is what bandwidth hangs on. */
export function copyText(direction: CopyDirection, from?: MemoryKind, to?: MemoryKind): string {
  const host = [from, to].find((memory) => memory === 'pageable' || memory === 'pinned');
  const named = directionText(direction);
  if (host === undefined) return named;
  return `${named}, ${host === 'pageable' ? l10n.t('pageable') : l10n.t('pinned')}`;
}

function directionText(direction: CopyDirection): string {
  switch (direction) {
    case 'hostToDevice':
      return l10n.t('host → device');
    case 'deviceToHost':
      return l10n.t('device → host');
    case 'deviceToDevice':
      return l10n.t('device → device');
    case 'hostToHost':
      return l10n.t('host → host');
    case 'peer':
      return l10n.t('GPU → GPU');
    case 'array':
      return l10n.t('array');
    case 'unknown':
      return l10n.t('copy');
  }
}

/** `64.0 MiB host → device · 107 page faults on the GPU`: of an allocation, of a line of the host, of a whole program. */
export function managedText(totals: readonly TraceTotal[]): string | undefined {
  const managed = managedMemory(totals);
  if (managed === undefined) return undefined;
  const moved = [
    [managed.toDevice, 'hostToDevice'],
    [managed.toHost, 'deviceToHost'],
    [managed.betweenDevices, 'peer'],
  ] as const;
  return [
    ...moved.flatMap(([amount, way]) => (amount === 0 ? [] : [`${bytes(amount)} ${directionText(way)}`])),
    ...(managed.onDevice === 0 ? [] : [l10n.t('{0} page faults on the GPU', count(managed.onDevice))]),
    ...(managed.onHost === 0 ? [] : [l10n.t('{0} page faults on the host', count(managed.onHost))]),
  ].join(' · ');
}

/** What a total is called in a table. */
export function totalName({ kind, name, from, to }: TraceTotal): string {
  switch (kind) {
    case 'copy':
      return copyText(name as CopyDirection, from, to);
    case 'migration':
      return l10n.t('managed memory, {0}', directionText(name as CopyDirection));
    case 'fault':
      return faultText(name);
    case 'call':
      return `${name} (${l10n.t('on the host')})`;
    default:
      return kind === 'kernel' ? `\`${name}\`` : name;
  }
}

function faultText(name: string): string {
  switch (name) {
    case 'gpuFault':
      return l10n.t('page faults on the GPU');
    case 'cpuFault':
      return l10n.t('page faults on the host');
    case 'thrashing':
      return l10n.t('thrashing of managed memory');
    case 'throttling':
      return l10n.t('accesses held back against thrashing');
    default:
      return l10n.t('managed memory used from afar');
  }
}
