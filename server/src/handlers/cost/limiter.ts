import * as l10n from '@vscode/l10n';
import type { OccupancyLimiter } from '../../analysis';

/** What bounds the occupancy, in a word or two. */
export function limiterName(limiter: OccupancyLimiter): string {
  switch (limiter) {
    case 'registers':
      return l10n.t('registers');
    case 'sharedMemory':
      return l10n.t('shared memory');
    case 'blocks':
      return l10n.t('number of blocks');
    case 'warps':
      return l10n.t('size of the block');
  }
}
