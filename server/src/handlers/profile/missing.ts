/** What a profile needs and this machine lacks: all of it in one answer, so that nobody installs one thing to hear of the next. */
import * as l10n from '@vscode/l10n';
import type { GpuDevice } from '../../../../protocol/src';
import type { ProfileFailure } from '../../../../protocol/src/profile';
import { locateNcu } from '../../profiler/ncu';
import { queryGpu } from '../../runner';
import type { Session } from '../../session';
import { noTool } from './failure';

type Found<Search extends { found: boolean }> = Extract<Search, { found: true }>;

export type Tool = Found<Awaited<ReturnType<typeof locateNcu>>>;
export type Toolkit = Found<Awaited<ReturnType<Session['toolkit']>>>['toolkit'];

export interface Equipment {
  readonly toolkit: Toolkit;
  readonly tool: Tool;
  readonly device: GpuDevice;
}

export async function equipmentOf(session: Session): Promise<Equipment | ProfileFailure> {
  const toolkit = await session.toolkit();
  const tool = await findNcu(session);
  const device = await queryGpu(session.settings.run.gpu);
  if (toolkit.found && tool.found && !('reason' in device)) return { toolkit: toolkit.toolkit, tool, device };

  const lacks: string[] = [];
  const messages: string[] = [];
  const steps: string[] = [];
  let output: string | undefined;
  if ('reason' in device) {
    lacks.push(l10n.t('a GPU'));
    messages.push(device.reason);
    steps.push(device.reason);
  }
  if (!toolkit.found) {
    lacks.push('nvcc');
    messages.push(toolkit.message);
    steps.push(toolkit.message);
  }
  if (!tool.found) {
    const failure = noTool(session.settings.profiler.ncuPath, tool.tried);
    lacks.push(l10n.t('Nsight Compute (ncu)'));
    messages.push(failure.message);
    steps.push(...(failure.steps ?? []));
    output = failure.output;
  }
  return {
    status: 'reason' in device ? 'noDevice' : 'noTool',
    message:
      messages.length === 1
        ? (messages[0] ?? '')
        : l10n.t('Kernels cannot be profiled on this machine: it lacks {0}.', lacks.join(', ')),
    steps,
    ...(output === undefined ? {} : { output }),
  };
}

export async function findNcu(session: Session) {
  const search = await session.toolkit();
  const toolkitRoot = search.found ? search.toolkit.root : undefined;
  return locateNcu({ setting: session.settings.profiler.ncuPath, toolkitRoot });
}
