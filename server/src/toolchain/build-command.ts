/** The nvcc call of the task "Build this file". Pure. */
import path from 'node:path';
import { commonArguments } from './nvcc-arguments';
import type { Toolkit } from './types';

export interface BuildCommandInput {
  readonly toolkit: Pick<Toolkit, 'nvcc' | 'hostCompiler'>;
  /** Absolute path of the source. */
  readonly file: string;
  /** Without `main` there is no program to link: an object file it is. */
  readonly hasMain: boolean;
  readonly lineinfo: boolean;
  /** The project's and the settings' flags. */
  readonly flags: readonly string[];
  /** The project's own architectures, else `architecture`, else the toolkit's default. */
  readonly architectureFlags: readonly string[];
  readonly architecture: string | undefined;
  /** The user's own arguments. */
  readonly extra: readonly string[];
  readonly platform?: NodeJS.Platform;
}

export interface BuildCommand {
  readonly nvcc: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly output?: string;
}

const architectureOption = /^(?:-arch|--gpu-architecture|-gencode|--generate-code)(?:=|$)/;
const outputOption = /^(?:-o|--output-file|-odir|--output-directory)(?:=|$)/;
const stepOption =
  /^(?:-c|--compile|-dc|--device-c|-dw|--device-w|-dlink|--device-link|-cubin|--cubin|-ptx|--ptx|-fatbin|--fatbin|-lib|--lib|-E|--preprocess|-shared|--shared|-optix-ir|--optix-ir)$/;

export function buildCommand(input: BuildCommandInput): BuildCommand {
  const { toolkit, file, hasMain, extra } = input;
  const platform = input.platform ?? process.platform;
  const paths = platform === 'win32' ? path.win32 : path.posix;
  const cwd = paths.dirname(file);

  const architecture = input.architecture === undefined ? [] : [`-arch=${input.architecture}`];
  const target = input.architectureFlags.length > 0 ? input.architectureFlags : architecture;
  const ownOutput = extra.some((word) => outputOption.test(word));
  const ownStep = extra.some((word) => stepOption.test(word));
  // Beside the source, as people name it by hand; what the user's arguments make of it keeps nvcc's own name.
  const suffix = hasMain ? (platform === 'win32' ? '.exe' : '') : platform === 'win32' ? '.obj' : '.o';
  const output = ownOutput || ownStep ? undefined : paths.join(cwd, `${paths.parse(file).name}${suffix}`);
  const lineinfo = input.lineinfo && ![...input.flags, ...extra].some((word) => word === '-G' || word === '-lineinfo');
  return {
    nvcc: toolkit.nvcc,
    cwd,
    args: [
      ...(extra.some((word) => architectureOption.test(word)) ? [] : target),
      ...(lineinfo ? ['-lineinfo'] : []),
      ...commonArguments(toolkit, input.flags),
      ...(hasMain || ownStep ? [] : ['-c']),
      ...(output === undefined ? [] : ['-o', output]),
      file,
      ...extra,
    ],
    ...(output === undefined ? {} : { output }),
  };
}
