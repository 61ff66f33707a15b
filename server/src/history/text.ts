/** A change in words, in the user's language. */
import * as l10n from '@vscode/l10n';
import type { Change } from '../../../protocol/src';

/** From this ratio on, times are told as multiples. */
const multiple = 2;

/** One sentence without its full stop, unmistakably about time: `12.3 % less time than the last run (±0.8)`. */
export function changeText(change: Omit<Change, 'text' | 'mark'>, against: 'last' | 'baseline'): string {
  const { kind, ratio, low, high } = change;
  const last = against === 'last';
  const half = (100 * (high - low)) / 2;
  switch (kind) {
    case 'otherLaunch':
      return last
        ? l10n.t('another launch than in the last run: the times are not compared')
        : l10n.t('another launch than in the baseline: the times are not compared');
    case 'same': {
      const doubt = tenths(half);
      return last
        ? l10n.t('no change beyond ±{0} % since the last run', doubt)
        : l10n.t('no change beyond ±{0} % since the baseline', doubt);
    }
    case 'faster':
      if (1 / ratio >= multiple) {
        const values = [times(1 / ratio), times(1 / high), times(1 / low)] as const;
        return last
          ? l10n.t('{0} times as fast as the last run ({1} to {2})', ...values)
          : l10n.t('{0} times as fast as the baseline ({1} to {2})', ...values);
      }
      return last
        ? l10n.t('{0} % less time than the last run (±{1})', tenths(100 * (1 - ratio)), tenths(half))
        : l10n.t('{0} % less time than the baseline (±{1})', tenths(100 * (1 - ratio)), tenths(half));
    case 'slower':
      if (ratio >= multiple) {
        const values = [times(ratio), times(low), times(high)] as const;
        return last
          ? l10n.t('{0} times as long as the last run ({1} to {2})', ...values)
          : l10n.t('{0} times as long as the baseline ({1} to {2})', ...values);
      }
      return last
        ? l10n.t('{0} % more time than the last run (±{1})', tenths(100 * (ratio - 1)), tenths(half))
        : l10n.t('{0} % more time than the baseline (±{1})', tenths(100 * (ratio - 1)), tenths(half));
  }
}

/** For a lens: `▼ 12.3 %` where the time fell; nothing where launches differ. */
export function changeMark({ kind, ratio, low, high }: Omit<Change, 'text' | 'mark'>): string | undefined {
  switch (kind) {
    case 'otherLaunch':
      return undefined;
    case 'same':
      return l10n.t('no change (±{0} %)', tenths((100 * (high - low)) / 2));
    case 'faster':
      return `▼ ${tenths(100 * (1 - ratio))} %`;
    case 'slower':
      return ratio >= multiple ? `▲ ${times(ratio)}×` : `▲ ${tenths(100 * (ratio - 1))} %`;
  }
}

function tenths(value: number): string {
  return value.toFixed(1);
}

function times(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
