/** Where there is no GPU: the CPU backend's own checks, which find less. */
import * as l10n from '@vscode/l10n';
import type { FaultKind } from '../../../../protocol/src';
import type { SanitizeResult, SanitizerFinding } from '../../../../protocol/src/sanitize';
import { runKernel, type RunContext } from '../../runner';
import type { CpuRunRequest } from '../../runner/backend';

const note = () =>
  l10n.t(
    'Ran on the CPU, which finds accesses out of bounds, undefined behavior, failed asserts and barriers that some threads never reach; races are found on a GPU only.',
  );

const kinds: Readonly<Partial<Record<FaultKind, SanitizerFinding['kind']>>> = {
  outOfBounds: 'access',
  illegalAddress: 'access',
  misalignedAddress: 'access',
  deadlock: 'barrier',
};

export async function sanitizeOnCpu(request: CpuRunRequest, context: RunContext): Promise<SanitizeResult> {
  const result = await runKernel({ ...request, device: 'cpu', toolkit: undefined, coldCache: false }, context);
  if (result.status === 'ok') {
    return {
      status: 'ok',
      device: result.device,
      tools: ['memcheck', 'synccheck'],
      findings: [],
      notes: [note()],
      output: result.output,
    };
  }
  if (result.status !== 'kernelFaulted' || result.device === undefined) return result;
  const { device, message, location, block, thread, output = '' } = result;
  const finding: SanitizerFinding = {
    tool: result.fault === 'deadlock' ? 'synccheck' : 'memcheck',
    kind: kinds[result.fault] ?? 'other',
    severity: 'error',
    message,
    kernel: request.plan.kernel,
    count: 1,
    related: [],
    location: location ?? { file: request.source.file, line: request.plan.line },
    ...(block === undefined ? {} : { block }),
    ...(thread === undefined ? {} : { thread }),
  };
  return { status: 'ok', device, tools: ['memcheck', 'synccheck'], findings: [finding], notes: [note()], output };
}
