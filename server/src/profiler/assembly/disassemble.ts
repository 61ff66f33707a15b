/** Source text → PTX and SASS of one architecture, in one call of nvcc. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunFailure } from '../../../../protocol/src';
import { runProcess } from '../../process';
import { answered } from '../../runner';
import type { SourceText } from '../../runner/backend';
import { buildFailure, buildTimeLimitMs } from '../../runner/gpu/build';
import { commonArguments, lineInfo, parseResourceUsage, type ResourceUsage, type Toolkit } from '../../toolchain';
import { writeScratch } from '../../toolchain/scratch';
import type { Listing } from './listing';
import { parsePtx } from './ptx';
import { parseNvdisasm } from './sass';

export interface AssemblyRequest {
  readonly toolkit: Toolkit;
  /** Flags without those of an architecture. */
  readonly source: SourceText;
  /** `sm_90`; undefined: nvcc's default. */
  readonly architecture: string | undefined;
  /** Text that makes nvcc emit a template, appended to the source. */
  readonly instantiation?: string;
  readonly signal: AbortSignal;
}

export interface Assembly {
  readonly status: 'ok';
  readonly ptx: Listing;
  /** Absent where nvdisasm is not there or does not know the architecture. */
  readonly sass?: Listing;
  readonly resources: readonly ResourceUsage[];
}

export type AssemblyBuild = Assembly | RunFailure;

const disassemblyTimeLimitMs = 60_000;
/** Characters; a file that instantiates a library of templates has some tens of MB. */
const disassemblyLimit = 256 * 1024 * 1024;

export function buildAssembly(request: AssemblyRequest): Promise<AssemblyBuild> {
  return answered(() => build(request));
}

async function build(request: AssemblyRequest): Promise<AssemblyBuild> {
  const { toolkit, source, architecture, signal } = request;
  const added = request.instantiation === undefined ? '' : `\n${request.instantiation}`;
  const scratch = await writeScratch(source.file, source.text + added);
  try {
    const cubin = path.join(scratch.folder, 'kernel.cubin');
    const temporary = path.join(scratch.folder, 'tmp');
    const result = await runProcess(
      toolkit.nvcc,
      [
        // Kept: the PTX between cicc and ptxas.
        ...['-cubin', '--keep', '--keep-dir', scratch.folder, '--resource-usage'],
        ...(architecture === undefined ? [] : [`-arch=${architecture}`]),
        ...lineInfo(source.file),
        ...['-I', path.dirname(source.file)],
        ...commonArguments(toolkit, source.flags),
        ...['-o', cubin, scratch.source],
      ],
      {
        cwd: scratch.folder,
        env: { TMPDIR: temporary, TMP: temporary, TEMP: temporary },
        timeLimitMs: buildTimeLimitMs,
        signal,
      },
    );
    if (result.status !== 'exited' || result.code !== 0) {
      const renamed = (text: string) => text.replaceAll(scratch.source, source.file);
      return buildFailure({ ...result, stdout: renamed(result.stdout), stderr: renamed(result.stderr) }, source);
    }
    const ptx = await readFile(path.join(scratch.folder, `${path.parse(scratch.source).name}.ptx`), 'utf8');
    const sass = await disassemble(toolkit, cubin, scratch.folder, signal);
    return {
      status: 'ok',
      ptx: parsePtx(ptx),
      ...(sass === undefined ? {} : { sass: parseNvdisasm(sass) }),
      resources: parseResourceUsage(`${result.stdout}\n${result.stderr}`),
    };
  } finally {
    await scratch.dispose().catch(() => undefined);
  }
}

/** `cuobjdump -sass` is no way around a missing nvdisasm: it calls it. */
async function disassemble(
  toolkit: Toolkit,
  cubin: string,
  cwd: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const program of disassemblers(toolkit, process.env)) {
    const result = await runProcess(program, ['-c', '-g', '-gi', cubin], {
      cwd,
      timeLimitMs: disassemblyTimeLimitMs,
      outputLimit: disassemblyLimit,
      signal,
    });
    if (result.status === 'exited' && result.code === 0) return result.stdout;
  }
  return undefined;
}

/** Beside nvcc, in the toolkit, where the variable that NVIDIA's own tools heed says, and on PATH. */
export function disassemblers(
  { nvcc, root }: Pick<Toolkit, 'nvcc' | 'root'>,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string[] {
  const name = platform === 'win32' ? 'nvdisasm.exe' : 'nvdisasm';
  const named = env['NVDISASM_PATH'];
  return [
    ...new Set([
      path.join(path.dirname(nvcc), name),
      path.join(root, 'bin', name),
      ...(named ? [path.join(named, name), named] : []),
      name,
    ]),
  ];
}
