/** What the driver's errors mean for the user. Pure. */
import * as l10n from '@vscode/l10n';
import type { Dim3, FaultKind, LaunchPlan, RunFailure, SourceLocation } from '../../../../protocol/src';
import type { FromRunner } from './messages';

export type DriverFailure = Extract<FromRunner, { type: 'failed' }>;

interface Fault {
  readonly fault: FaultKind;
  readonly message: string;
}

/** Made when asked for: the user's language is known late. */
const faults = (): Readonly<Record<string, Fault>> => ({
  CUDA_ERROR_ILLEGAL_ADDRESS: {
    fault: 'illegalAddress',
    message: l10n.t(
      'The kernel accessed memory outside its buffers or its shared memory (illegal address). Compare its indices with the sizes in the launch plan.',
    ),
  },
  CUDA_ERROR_MISALIGNED_ADDRESS: {
    fault: 'misalignedAddress',
    message: l10n.t(
      'The kernel accessed an address that is not a multiple of the size of its type. Vector types such as float4 need 16-byte alignment: check casts of pointers.',
    ),
  },
  CUDA_ERROR_ILLEGAL_INSTRUCTION: {
    fault: 'illegalInstruction',
    message: l10n.t('The kernel executed an illegal instruction (a trap, or a corrupted program).'),
  },
  CUDA_ERROR_INVALID_PC: {
    fault: 'illegalInstruction',
    message: l10n.t(
      'The kernel jumped to an address that holds no code: check function pointers and the depth of recursion.',
    ),
  },
  CUDA_ERROR_HARDWARE_STACK_ERROR: {
    fault: 'other',
    message: l10n.t('The kernel overflowed its stack: check recursion and large local arrays.'),
  },
  CUDA_ERROR_INVALID_ADDRESS_SPACE: {
    fault: 'illegalAddress',
    message: l10n.t(
      'The kernel accessed an address that is no memory of its kind: an index far out of bounds, or a pointer to another memory space (global, shared or local).',
    ),
  },
  CUDA_ERROR_ASSERT: { fault: 'assert', message: l10n.t('A device assert failed.') },
  CUDA_ERROR_LAUNCH_FAILED: {
    fault: 'other',
    message: l10n.t(
      'The kernel failed on the GPU (unspecified launch failure): by an access to shared or local memory out of bounds most often, or by a trap.',
    ),
  },
});

export function driverFailure(failed: DriverFailure, plan: LaunchPlan, printed: string): RunFailure {
  const common = { plan, ...(printed === '' ? {} : { output: printed }) };
  if (failed.name === 'CUDA_ERROR_LAUNCH_TIMEOUT') {
    const message = l10n.t(
      "The operating system's display watchdog stopped the kernel, which ran for seconds on a GPU that also draws the screen. Use a smaller problem size.",
    );
    return { status: 'launchFailed', code: failed.name, message, ...common };
  }
  if (failed.stage === 'execute') {
    const known = faults()[failed.name];
    const fault = known?.fault ?? 'other';
    const failedAssert = fault === 'assert' ? parseAssert(printed) : undefined;
    const message =
      failedAssert?.message ?? known?.message ?? l10n.t('The kernel failed on the GPU: {0}.', code(failed));
    const { location, block, thread } = failedAssert ?? {};
    return {
      status: 'kernelFaulted',
      fault,
      message,
      ...(location === undefined ? {} : { location }),
      ...(block === undefined ? {} : { block }),
      ...(thread === undefined ? {} : { thread }),
      ...common,
    };
  }
  return { status: 'launchFailed', code: failed.name, message: launchMessage(failed, plan), ...common };
}

function launchMessage(failed: DriverFailure, plan: LaunchPlan): string {
  const threads = plan.block[0] * plan.block[1] * plan.block[2];
  const { facts, limits } = failed;
  switch (failed.name) {
    case 'CUDA_ERROR_OUT_OF_MEMORY':
      return [l10n.t('The GPU has too little free memory.'), failed.detail, l10n.t('Use a smaller problem size.')]
        .filter(Boolean)
        .join(' ');
    case 'CUDA_ERROR_NO_BINARY_FOR_GPU':
      return l10n.t(
        'The kernel was built for another GPU architecture than this one. Take architectures out of kernelLens.cuda.flags: each run builds for its own GPU.',
      );
    case 'CUDA_ERROR_INVALID_IMAGE':
    case 'CUDA_ERROR_UNSUPPORTED_PTX_VERSION':
      return l10n.t(
        'The driver cannot load what this toolkit builds ({0}). Update the NVIDIA driver, or choose an older toolkit in kernelLens.cuda.path.',
        code(failed),
      );
    case 'CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE':
      return l10n.t(
        'The kernel synchronises its whole grid, so all {0} blocks must fit on the GPU at once, and they do not. Use fewer blocks.',
        plan.grid[0] * plan.grid[1] * plan.grid[2],
      );
    case 'CUDA_ERROR_INVALID_VALUE':
    case 'CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES':
      break;
    default:
      return `${l10n.t('The kernel could not be launched: {0}.', code(failed))} ${failed.detail}`.trim();
  }
  if (limits !== undefined && threads > limits.maxThreadsPerBlock) {
    return l10n.t(
      'A block of {0} has {1} threads; this GPU allows {2}.',
      dim(plan.block),
      threads,
      limits.maxThreadsPerBlock,
    );
  }
  if (plan.block[2] > 64) return l10n.t('A block of {0} is deeper than the 64 that z allows.', dim(plan.block));
  if (plan.grid[1] > 65535 || plan.grid[2] > 65535) {
    return l10n.t('A grid of {0} is larger than the 65535 that y and z allow.', dim(plan.grid));
  }
  if (facts !== undefined && threads > facts.maxThreadsPerBlock) {
    return l10n.t(
      'This kernel allows blocks of {0} threads at most (it takes {1} registers a thread), and the plan has {2}. Use a smaller block or __launch_bounds__.',
      facts.maxThreadsPerBlock,
      facts.registersPerThread,
      threads,
    );
  }
  if (plan.sharedBytes > 0) {
    return l10n.t(
      'The GPU cannot give a block {0} bytes of dynamic shared memory beside {1} static ones.',
      plan.sharedBytes,
      facts?.staticSharedBytes ?? 0,
    );
  }
  return l10n.t('The driver refused the launch <<<{0}, {1}>>>: {2}.', dim(plan.grid), dim(plan.block), code(failed));
}

interface FailedAssert {
  readonly message: string;
  readonly location: SourceLocation;
  readonly block: Dim3;
  readonly thread: Dim3;
}

/** The first of the lines that a device assert prints. */
export function parseAssert(printed: string): FailedAssert | undefined {
  const triple = '\\[(\\d+),(\\d+),(\\d+)\\]';
  const pattern = new RegExp(
    `^(.+):(\\d+): (.*): block: ${triple}, thread: ${triple} Assertion \`(.*)\` failed\\.`,
    'm',
  );
  const found = pattern.exec(printed);
  if (found === null) return undefined;
  const number = (group: number) => Number(found[group]);
  const block: Dim3 = [number(4), number(5), number(6)];
  const thread: Dim3 = [number(7), number(8), number(9)];
  return {
    message: l10n.t(
      'Assertion `{0}` failed in thread ({1}) of block ({2}).',
      found[10] ?? '',
      thread.join(', '),
      block.join(', '),
    ),
    location: { file: found[1] ?? '', line: number(2) },
    block,
    thread,
  };
}

function code(failed: DriverFailure): string {
  return `${failed.name} (${failed.code})`;
}

function dim(value: Dim3): string {
  return value.join(' × ');
}
