import * as l10n from '@vscode/l10n';
import type { InstructionKind } from '../../profiler/assembly';

/** What a group of instructions is called behind its number. */
export function kindName(kind: InstructionKind): string {
  switch (kind) {
    case 'globalLoad':
      return l10n.t('global loads');
    case 'globalStore':
      return l10n.t('global stores');
    case 'sharedLoad':
      return l10n.t('shared loads');
    case 'sharedStore':
      return l10n.t('shared stores');
    case 'localLoad':
      return l10n.t('local loads');
    case 'localStore':
      return l10n.t('local stores');
    case 'constantLoad':
      return l10n.t('constant loads');
    case 'asyncCopy':
      return l10n.t('asynchronous copies');
    case 'atomic':
      return l10n.t('atomics');
    case 'texture':
      return l10n.t('texture and surface');
    case 'tensor':
      return l10n.t('tensor');
    case 'fp64':
      return 'FP64';
    case 'fp32':
      return 'FP32';
    case 'fp16':
      return l10n.t('FP16 and BF16');
    case 'specialFunction':
      return l10n.t('special functions');
    case 'conversion':
      return l10n.t('conversions');
    case 'integer':
      return l10n.t('integer');
    case 'warp':
      return l10n.t('exchanges in the warp');
    case 'synchronization':
      return l10n.t('synchronization');
    case 'control':
      return l10n.t('control flow');
    case 'other':
      return l10n.t('moves and others');
  }
}
