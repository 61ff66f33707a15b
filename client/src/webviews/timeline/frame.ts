/** What stands around the canvas: the trace in one line, and what colours mean. */
import { bytes, duration, percent } from '../../../../protocol/src/format';
import type { TraceData } from '../../../../protocol/src/trace';
import { decodeTrace } from '../../../../protocol/src/trace-file';
import { managedMemory } from '../../../../protocol/src/trace-managed';
import type { TimelineTexts } from '../../text/timeline-texts';
import { h } from '../lib/page';
import type { Palette } from './draw';
import type { Model } from './model';
import { filled } from './panels';

/** Undefined for what is no trace. */
export async function read(bytes: Uint8Array): Promise<TraceData | undefined> {
  try {
    const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
    return decodeTrace(new Uint8Array(await new Response(stream).arrayBuffer()));
  } catch {
    return undefined;
  }
}

export function summary({ trace, span }: Model, texts: TimelineTexts): HTMLElement {
  const share = percent((trace.busy * 1000) / span);
  const records = trace.events.start.length.toLocaleString('en-US');
  const more = trace.summedOnly > 0 ? ` · ${filled(texts.summedOnly, trace.summedOnly.toLocaleString('en-US'))}` : '';
  const text = filled(texts.summary, share, duration(span / 1000), records);
  const managed = managedMemory(trace.totals);
  const lines = [`${text}${more} · ${trace.deviceName}`];
  if (managed) {
    const moved = [bytes(managed.toDevice), bytes(managed.toHost)];
    const faults = [managed.onDevice, managed.onHost].map((number) => number.toLocaleString('en-US'));
    lines.push(filled(texts.managedSummary, ...moved, ...faults));
  }
  return h('div', {}, ...lines.map((line) => h('p', {}, line)));
}

export function legend(model: Model, texts: TimelineTexts, palette: Palette): HTMLElement {
  const items = model.present.map((look) =>
    h(
      'span',
      { style: 'margin-right: 1.4em; white-space: nowrap;' },
      h('span', {
        style: `display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; background: ${palette.looks[look]};`,
      }),
      texts[look],
    ),
  );
  return h('div', {}, h('p', {}, ...items), h('p', { class: 'quiet' }, texts.keys));
}
