/** Opens what Nsight Systems recorded. Its own nsys exports the report, so that this is for trusted workspaces. */
import * as l10n from '@vscode/l10n';
import type { CancellationToken } from 'vscode-languageserver';
import type { SystemTraceAnswer, SystemTraceParams } from '../../../protocol/src';
import { fileOf } from '../documents';
import { locateNsys, readSystemTrace, type SystemTrace } from '../profiler/nsys';
import type { Session } from '../session';
import { diskMessage } from '../toolchain';
import { count } from './format';

export async function systemTraceHandler(
  session: Session,
  { uri }: SystemTraceParams,
  token: CancellationToken,
): Promise<SystemTraceAnswer> {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  let tried: readonly string[] = [];
  const nsys = async () => {
    if (!session.trusted) return undefined;
    const toolkit = await session.toolkit();
    const toolkitRoot = toolkit.found ? toolkit.toolkit.root : undefined;
    const search = await locateNsys({ setting: session.settings.profiler.nsysPath, toolkitRoot });
    if (!search.found) tried = search.tried;
    return search.found ? search.nsys : undefined;
  };
  const { cacheDirectory } = session;
  try {
    const trace = await readSystemTrace({ file: fileOf(uri), nsys, cacheDirectory, signal: controller.signal });
    return trace.status === 'noTool' && !session.trusted
      ? notTrusted()
      : answer(trace, session.settings.profiler.nsysPath, tried);
  } catch (error) {
    const message = diskMessage(error);
    if (message === undefined) throw error;
    return { status: 'failed', message };
  }
}

function answer(trace: SystemTrace, setting: string, tried: readonly string[]): SystemTraceAnswer {
  switch (trace.status) {
    case 'ok':
      return trace;
    case 'cancelled':
      return { status: 'cancelled', message: l10n.t('Cancelled.') };
    case 'noTool':
      return noTool(setting, tried);
    case 'exportFailed':
      return {
        status: 'failed',
        message: l10n.t('nsys could not export the report.'),
        steps: [
          l10n.t('A report of a newer Nsight Systems needs a newer nsys: set kernelLens.profiler.nsysPath to it.'),
        ],
        output: trace.output,
      };
    case 'empty':
      return {
        status: 'failed',
        message: l10n.t('The report holds no CUDA calls, no work of a GPU and no NVTX ranges.'),
        steps: [l10n.t('Record them: {0}', 'nsys profile --trace=cuda,nvtx ./program')],
      };
    case 'tooLarge':
      return {
        status: 'failed',
        message: l10n.t(
          'The report holds more than {0} records, which is more than the timeline can show.',
          count(trace.most),
        ),
        steps: [l10n.t('Record a part of the run: {0}', 'nsys profile --delay=5 --duration=10 ./program')],
      };
    case 'unreadable':
      return {
        status: 'failed',
        message: l10n.t('The export is not what Nsight Systems writes.'),
        output: trace.message,
      };
  }
}

function notTrusted(): SystemTraceAnswer {
  return {
    status: 'failed',
    message: l10n.t('The workspace is not trusted, so that nsys is not run. Trust it, or open an export to SQLite.'),
  };
}

function noTool(setting: string, tried: readonly string[]): SystemTraceAnswer {
  return {
    status: 'noTool',
    message:
      setting === ''
        ? l10n.t('Nsight Systems (nsys) was not found.')
        : l10n.t('kernelLens.profiler.nsysPath is {0}, and there is no nsys.', setting),
    steps: [
      l10n.t(
        'Install Nsight Systems, from developer.nvidia.com/nsight-systems, or set kernelLens.profiler.nsysPath to nsys or to its folder.',
      ),
      l10n.t(
        'Or export the report where it was recorded, and put the file beside it: {0}',
        'nsys export --type=sqlite report.nsys-rep',
      ),
    ],
    output: l10n.t('Looked for it at: {0}', tried.join(', ')),
  };
}
