/** What language models are told of a check, a run, a profile or a sanitizing: concise JSON, units in the names. Pure. */
import { isDoubtful } from '../../../protocol/src/answer';
import type { CheckAnswer } from '../../../protocol/src/check';
import type { LaunchPlan } from '../../../protocol/src/plan';
import type { KernelProfile, ProfileFailure } from '../../../protocol/src/profile';
import type { Device, KernelRun, LocatedMessage, RunFailure, RunResult } from '../../../protocol/src/result';
import type { SanitizeResult } from '../../../protocol/src/sanitize';

/** More lines of one kind say no more; what is left out is counted. */
const listed = 50;
const listedProfile = 8;

/** Where a path lies in the workspace, as the model wrote it. */
export type ShortPath = (file: string) => string;

export function checkAnswer({ problems, notes }: CheckAnswer, short: ShortPath): object {
  const count = (severity: string) => problems.filter((problem) => problem.severity === severity).length;
  const diagnostics = problems.map(({ file, line, column, severity, message, rule, source }) => {
    return `${short(file)}:${line}:${column}: ${severity}: ${message} [${rule ?? source}]`;
  });
  return {
    status: 'ok',
    errors: count('error'),
    warnings: count('warning'),
    ...cut('diagnostics', diagnostics),
    notes,
  };
}

export function runAnswer(result: RunResult, short: ShortPath): object {
  return result.status === 'ok' ? measured(result) : failure(result, short);
}

function measured(result: KernelRun): object {
  const { plan, device, time, throughput, arithmetic, resources, occupancy, clocks, comparison, changes } = result;
  return {
    status: 'ok',
    kernel: plan.kernel,
    device: deviceOf(device),
    launch: launchOf(plan),
    medianUs: time.median,
    minUs: time.min,
    maxUs: time.max,
    samples: time.samples,
    relativeError: time.relativeError,
    coldCache: time.coldCache,
    ...(throughput && {
      bytes: throughput.bytes,
      bytesPerSecond: throughput.bytesPerSecond,
      ...(throughput.ofPeak === undefined ? {} : { ofPeak: throughput.ofPeak }),
    }),
    ...(arithmetic && {
      flopsPerSecond: arithmetic.flopsPerSecond,
      ...(arithmetic.ofPeak === undefined ? {} : { ofPeakFlops: arithmetic.ofPeak }),
    }),
    ...(resources && { resources }),
    ...(occupancy && { occupancy: occupancy.ratio, occupancyLimiter: occupancy.limiter }),
    ...(clocks && { smMHz: clocks.median, throttled: clocks.throttled }),
    resultsAreWrong: isDoubtful(result),
    findings: (result.findings ?? []).map(({ message }) => message),
    ...(comparison && { comparison: comparison.message }),
    ...(changes?.last && { changeSinceLastRun: changes.last.text }),
    ...(changes?.baseline && { changeSinceBaseline: changes.baseline.text }),
    ...(result.output === '' ? {} : { printed: result.output.slice(0, 4000) }),
    notes: result.notes,
  };
}

export function sanitizeAnswer(result: SanitizeResult, short: ShortPath): object {
  if (result.status !== 'ok') return failure(result, short);
  const findings = result.findings.map(({ tool, severity, message, location, count, related }) => {
    const place = location === undefined ? '' : `${short(location.file)}:${location.line}: `;
    const more = related.map((note) => {
      const at = note.location === undefined ? '' : ` (${short(note.location.file)}:${note.location.line})`;
      return ` | ${note.message}${at}`;
    });
    return `${place}${severity}: ${message}${more.join('')} [${tool}, ${count} times]`;
  });
  return {
    status: 'ok',
    device: deviceOf(result.device),
    tools: result.tools,
    ...cut('findings', findings),
    notes: result.notes,
  };
}

/** A launch of a report with the sentence that sums it up; percentages are 0…100. */
export function profileAnswer(
  kernel: KernelProfile & { readonly summary: string },
  notes: readonly string[],
  report: string,
  short: ShortPath,
): object {
  const { figures, lines, sampled } = kernel;
  const hot = [...lines].sort((a, b) => b.samples - a.samples).filter(({ samples }) => samples > 0);
  return {
    status: 'ok',
    kernel: kernel.kernel,
    ...(kernel.device === undefined ? {} : { device: kernel.device }),
    launch: { grid: kernel.grid, block: kernel.block },
    summary: kernel.summary,
    bound: kernel.verdict.bound,
    ...figuresOf(figures),
    stallCyclesBetweenInstructions: Object.fromEntries(
      kernel.stalls.slice(0, listedProfile).map(({ reason, cycles }) => [reason, cycles]),
    ),
    hotLines: hot.slice(0, listedProfile).map(({ file, line, source, samples, stalls }) => ({
      at: `${short(file)}:${line}`,
      source: source.trim(),
      samplesPercent: sampled > 0 ? (100 * samples) / sampled : 0,
      ...(stalls[0] && { mostlyWaitsFor: stalls[0].reason }),
    })),
    advice: kernel.advice
      .filter(({ kind }) => kind !== 'information')
      .slice(0, listedProfile)
      .map(({ text, gain }) => ({
        text,
        ...(gain && { [gain.scope === 'global' ? 'gainOfRunTimePercent' : 'gainOfSectionPercent']: gain.percent }),
      })),
    notes,
    report,
  };
}

function figuresOf(figures: KernelProfile['figures']): object {
  const named = {
    durationUs: figures.duration,
    computePercentOfPeak: figures.computeThroughput,
    memoryPercentOfPeak: figures.memoryThroughput,
    dramPercentOfPeak: figures.dramThroughput,
    dramBytesPerSecond: figures.dramBytesPerSecond,
    dramReadBytes: figures.dramReadBytes,
    dramWriteBytes: figures.dramWriteBytes,
    l1HitPercent: figures.l1HitRate,
    l2HitPercent: figures.l2HitRate,
    achievedOccupancyPercent: figures.achievedOccupancy,
    theoreticalOccupancyPercent: figures.theoreticalOccupancy,
    waves: figures.waves,
    registersPerThread: figures.registersPerThread,
    staticSharedBytes: figures.staticSharedBytes,
    dynamicSharedBytes: figures.dynamicSharedBytes,
    loadBytesUsedPercent: figures.loadEfficiency,
    storeBytesUsedPercent: figures.storeEfficiency,
    sharedWavefronts: figures.sharedWavefronts,
    sharedExcessiveWavefronts: figures.sharedExcessive,
    activeThreadsPerWarp: figures.threadsPerWarp,
    instructionsPerCycle: figures.ipc,
    issueActivePercent: figures.issueActive,
    smHz: figures.smFrequency,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

export function profileFailureAnswer(result: ProfileFailure, short: ShortPath): object {
  const { status, message, steps, output, run } = result;
  return {
    status,
    message,
    ...(steps && { steps }),
    ...(output === undefined ? {} : { output: output.slice(-2000) }),
    ...(run && { runWithoutProfiler: runAnswer(run, short) }),
  };
}

function failure(result: RunFailure, short: ShortPath): object {
  const { status, message, output, plan, device } = result;
  const messages =
    result.status === 'buildFailed' ? result.diagnostics : result.status === 'unsupported' ? result.places : [];
  const { location, block, thread } = result.status === 'kernelFaulted' ? result : {};
  return {
    status,
    message,
    ...(plan && { kernel: plan.kernel, launch: launchOf(plan) }),
    ...(device && { device: deviceOf(device) }),
    ...(messages.length > 0
      ? cut(
          'diagnostics',
          messages.map((each) => located(each, short)),
        )
      : {}),
    ...(location && { at: `${short(location.file)}:${location.line}` }),
    ...(block && { block }),
    ...(thread && { thread }),
    // What the compiler said is in the diagnostics.
    ...(output === undefined || messages.length > 0 ? {} : { output: output.slice(-2000) }),
  };
}

function located({ file, line, column, severity, message }: LocatedMessage, short: ShortPath): string {
  return `${short(file)}:${line}${column === undefined ? '' : `:${column}`}: ${severity}: ${message}`;
}

function deviceOf(device: Device): object {
  return device.kind === 'gpu'
    ? { kind: 'gpu', name: device.name, computeCapability: device.computeCapability }
    : { kind: 'cpu', name: device.name };
}

/** With the arguments, so that a time is never read as that of another size. */
function launchOf({ grid, block, sharedBytes, templateArguments, arguments: list }: LaunchPlan): object {
  const scalars = list.flatMap((each) => (each.kind === 'scalar' ? [[each.name, each.value] as const] : []));
  const elements = list.flatMap((each) => (each.kind === 'buffer' ? [[each.name, each.count] as const] : []));
  return {
    grid,
    block,
    sharedBytes,
    ...(templateArguments.length > 0 ? { templateArguments } : {}),
    scalars: Object.fromEntries(scalars),
    bufferElements: Object.fromEntries(elements),
  };
}

function cut(name: string, all: readonly string[]): object {
  const left = all.length - listed;
  return { [name]: all.slice(0, listed), ...(left > 0 ? { [`${name}LeftOut`]: left } : {}) };
}
