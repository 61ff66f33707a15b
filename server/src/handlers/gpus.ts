import * as l10n from '@vscode/l10n';
import type { GpusAnswer } from '../../../protocol/src';
import { queryGpus } from '../runner';
import type { Session } from '../session';

/** Every GPU with what it is busy with now, for choosing one. */
export async function gpusHandler(session: Session): Promise<GpusAnswer> {
  if (!session.trusted) return { message: l10n.t('The workspace is not trusted, so the GPU is not asked.') };
  const answer = await queryGpus(session.settings.run.gpu);
  return 'reason' in answer ? { message: answer.reason } : { gpus: answer };
}
