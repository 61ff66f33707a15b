/** Words of the timeline page, which cannot ask VS Code for them. Pure. */
import type { Localizer } from './format';

export type TimelineTexts = ReturnType<typeof timelineTexts>;

export function timelineTexts(l10n: Localizer) {
  return {
    loading: l10n.t('Reading the trace…'),
    unreadable: l10n.t('This is no trace of Kernel Lens, or of a newer version.'),
    empty: l10n.t('The trace is empty.'),
    summary: l10n.t('GPU busy {0} of {1} · {2} records', '{0}', '{1}', '{2}'),
    summedOnly: l10n.t('{0} more are in the sums only', '{0}'),
    search: l10n.t('Search kernels and calls'),
    matches: l10n.t('{0} records', '{0}'),
    zoomIn: l10n.t('Zoom in'),
    zoomOut: l10n.t('Zoom out'),
    all: l10n.t('All'),
    chrome: l10n.t('Export for Perfetto…'),
    csv: l10n.t('Export CSV…'),
    save: l10n.t('Save Trace…'),
    keys: l10n.t(
      'Wheel or + and − zoom, drag or ← → move, Home shows all, , and . step through a row, Enter opens the source',
    ),
    canvas: l10n.t('Timeline of streams and host threads'),
    kernel: l10n.t('Kernel'),
    copyIn: l10n.t('host → device'),
    copyOut: l10n.t('device → host'),
    copyOther: l10n.t('other copy'),
    memset: l10n.t('memset'),
    call: l10n.t('CUDA call'),
    wait: l10n.t('host waits'),
    overhead: l10n.t('loading and tracing'),
    defaultStream: l10n.t('Default stream'),
    stream: l10n.t('Stream {0}', '{0}'),
    thread: l10n.t('Thread {0}', '{0}'),
    details: l10n.t('Details'),
    nothing: l10n.t('Select something in the timeline.'),
    start: l10n.t('Start'),
    duration: l10n.t('Duration'),
    row: l10n.t('Where'),
    grid: l10n.t('Grid'),
    block: l10n.t('Block'),
    registers: l10n.t('Registers'),
    shared: l10n.t('Shared memory'),
    sharedParts: l10n.t('{0} static, {1} dynamic', '{0}', '{1}'),
    local: l10n.t('Local memory per thread'),
    inGraph: l10n.t('Launched by a CUDA graph'),
    bytes: l10n.t('Bytes'),
    bandwidth: l10n.t('Bandwidth'),
    memory: l10n.t('Memory'),
    asynchronous: l10n.t('asynchronous'),
    error: l10n.t('CUDA error'),
    source: l10n.t('Source'),
    askedBy: l10n.t('Asked for by'),
    latency: l10n.t('From the call to the start'),
    gaps: l10n.t('Longest gaps'),
    gapsNote: l10n.t('Times in which the device did nothing, and what the host did meanwhile.'),
    gapCall: l10n.t('The host was in {0}', '{0}'),
    gapPageable: l10n.t('{0} copied pageable memory', '{0}'),
    gapLoading: l10n.t('Device code was loaded or compiled'),
    gapWait: l10n.t('The host waited in {0}', '{0}'),
    gapHost: l10n.t("The host ran the program's own code"),
    noGaps: l10n.t('There is none longer than a microsecond.'),
    totals: l10n.t('Totals'),
    name: l10n.t('Name'),
    count: l10n.t('Count'),
    total: l10n.t('Total'),
    average: l10n.t('Average'),
    range: l10n.t('Range'),
    share: l10n.t('GPU time'),
    cause: l10n.t('Cause'),
  };
}

export interface TimelineData {
  /** gzip of a `TraceData` in JSON. */
  readonly bytes: Uint8Array;
  readonly texts: TimelineTexts;
}
