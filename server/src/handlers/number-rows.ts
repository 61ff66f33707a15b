/** What a run says about its number, row by row: the hover of the launch's mark. */
import * as l10n from '@vscode/l10n';
import type { ClockState, KernelRun, TimeStatistics } from '../../../protocol/src';
import { bandwidth, bytes, duration, flopRate, percent } from './format';

export type Row = readonly [string, string];

/** Time, throughput, arithmetic and clocks. */
export function numberRows(run: KernelRun): Row[] {
  const { time } = run;
  const rows: Row[] = [
    [l10n.t('Median'), `${duration(time.median)} ±${percent(time.relativeError)}`],
    [l10n.t('Range'), rangeText(time)],
  ];
  if (time.clock !== undefined) rows.push([l10n.t('Measured'), methodText(time)]);
  if (run.throughput !== undefined) {
    const { bytesPerSecond, ofPeak, stated } = run.throughput;
    const share = ofPeak === undefined ? '' : ` (${l10n.t('{0} of peak', percent(ofPeak))})`;
    const moved = stated === true ? l10n.t('moved as stated') : l10n.t('moved at least');
    rows.push([l10n.t('Throughput'), `${bandwidth(bytesPerSecond)}${share}, ${bytes(run.throughput.bytes)} ${moved}`]);
  }
  if (run.arithmetic !== undefined) {
    const { flopsPerSecond, ofPeak } = run.arithmetic;
    const share = ofPeak === undefined ? '' : ` (${l10n.t('{0} of the FP32 peak', percent(ofPeak))})`;
    rows.push([l10n.t('Arithmetic'), `${flopRate(flopsPerSecond)}${share}`]);
  }
  if (run.clocks !== undefined) rows.push([l10n.t('Clocks'), clocksText(run.clocks)]);
  return rows;
}

function rangeText(time: TimeStatistics): string {
  const range = `${duration(time.min)} … ${duration(time.max)} (${time.samples} ${l10n.t('samples')})`;
  const { outliers = 0 } = time;
  return outliers === 0 ? range : `${range}, ${l10n.t('{0} of them outliers', outliers)}`;
}

function methodText(time: TimeStatistics): string {
  const clock = time.clock === 'activity' ? l10n.t("by the GPU's own records (CUPTI)") : l10n.t('by CUDA events');
  return `${clock}, ${time.coldCache ? l10n.t('L2 cache flushed before each launch') : l10n.t('caches warm')}`;
}

function clocksText({ median, limit, memory, temperature, power }: ClockState): string {
  const parts = [limit === undefined ? `SM ${median} MHz` : l10n.t('SM {0} of {1} MHz', median, limit)];
  if (memory !== undefined) parts.push(l10n.t('memory {0} MHz', memory));
  if (temperature !== undefined) parts.push(`${temperature} °C`);
  if (power !== undefined) parts.push(`${power.toFixed(0)} W`);
  return parts.join(', ');
}
