/** Plain text of the terminal's reports. Pure. */
import path from 'node:path';
import type {
  CheckItem,
  ClockState,
  DoctorReport,
  KernelRun,
  ProgramResult,
  RunResult,
  TimeStatistics,
} from '../../../protocol/src';
import { planLines, templateText } from './plan-text';
import { traceText } from './trace-text';
import { bandwidth, bytes, dimensions, duration, flopRate, measured, percent } from '../handlers/format';
import { errorText } from '../runner';

/** `file:line:column: severity: message [rule]`, as compilers print and editors parse. */
export function checkText(items: readonly CheckItem[], folder: string): string {
  const lines = items.map((item) => {
    const file = path.relative(folder, item.file);
    const shown = file.startsWith('..') ? item.file : file;
    const rule = item.rule === null ? '' : ` [${item.source === 'nvcc' ? 'nvcc ' : ''}${item.rule}]`;
    return `${shown}:${item.line}:${item.column}: ${item.severity}: ${item.message}${rule}`;
  });
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** `12 files, 3 errors, 1 warning, 0.8 s`. */
export function checkSummary(
  files: number,
  problems: readonly { readonly severity: string }[],
  milliseconds: number,
): string {
  const count = (severity: string) => problems.filter((problem) => problem.severity === severity).length;
  const plural = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const others = problems.length - count('error') - count('warning');
  const parts = [
    plural(files, 'file'),
    plural(count('error'), 'error'),
    plural(count('warning'), 'warning'),
    ...(others > 0 ? [plural(others, 'note')] : []),
    `${(milliseconds / 1000).toFixed(1)} s`,
  ];
  return parts.join(', ');
}

export function runText(result: RunResult): string {
  if (result.status !== 'ok') return failureText(result);
  const { plan, time, device } = result;
  const onCpu = device.kind === 'cpu' ? ' (CPU: says nothing about a GPU)' : '';
  const lines = [
    `${plan.kernel}${templateText(plan.templateArguments)}  ${onCpu === '' ? measured(result) : `${duration(time.median)}${onCpu}`}`,
    `  device     ${device.name}`,
    ...planLines(plan),
    `  time       median ${duration(time.median)} ±${percent(time.relativeError)}, min ${duration(time.min)}, mean ${duration(time.mean)}, max ${duration(time.max)}, stdev ${duration(time.stdev)}, ${time.samples} samples${methodText(time)}`,
  ];
  for (const change of [result.changes?.last, result.changes?.baseline]) {
    if (change !== undefined) lines.push(`  change     ${duration(change.median)} → ${change.text}`);
  }
  if (result.throughput !== undefined) {
    const { bytes: moved, bytesPerSecond, stated } = result.throughput;
    const how = stated === true ? 'moved, as stated' : 'moved at least';
    lines.push(`  throughput ${bandwidth(bytesPerSecond)} for ${bytes(moved)} ${how}`);
  }
  if (result.arithmetic !== undefined) {
    const { flopsPerSecond, ofPeak } = result.arithmetic;
    const share = ofPeak === undefined ? '' : `, ${percent(ofPeak)} of the FP32 peak`;
    lines.push(`  arithmetic ${flopRate(flopsPerSecond)} as stated${share}`);
  }
  if (result.clocks !== undefined) lines.push(`  clocks     ${clocksText(result.clocks)}`);
  if (result.resources !== undefined) {
    const { registersPerThread, staticSharedBytes, localBytesPerThread } = result.resources;
    lines.push(
      `  resources  ${registersPerThread} registers, ${bytes(staticSharedBytes)} static shared, ${bytes(localBytesPerThread)} local`,
    );
  }
  if (result.occupancy !== undefined) {
    lines.push(`  occupancy  ${percent(result.occupancy.ratio)}, limited by ${result.occupancy.limiter}`);
  }
  lines.push(...answerLines(result));
  lines.push(...result.notes.map((note) => `  note       ${note}`));
  const printed = result.output === '' ? '' : `${result.output}${result.output.endsWith('\n') ? '' : '\n'}`;
  return `${printed}${lines.join('\n')}\n`;
}

function methodText({ clock, coldCache, outliers = 0 }: TimeStatistics): string {
  if (clock === undefined) return '';
  const far = outliers === 0 ? '' : ` (${outliers} outliers)`;
  const source = clock === 'activity' ? "the GPU's own records" : 'events';
  return `${far}, by ${source}, ${coldCache ? 'cold' : 'warm'} L2`;
}

function clocksText({ median, min, max, limit, memory, temperature, power }: ClockState): string {
  const range = min === max ? '' : ` (${min} … ${max})`;
  const parts = [`SM ${median}${range}${limit === undefined ? '' : ` of ${limit}`} MHz`];
  if (memory !== undefined) parts.push(`memory ${memory} MHz`);
  if (temperature !== undefined) parts.push(`${temperature} °C`);
  if (power !== undefined) parts.push(`${power.toFixed(0)} W`);
  return parts.join(', ');
}

function answerLines({ findings = [], comparison }: KernelRun): string[] {
  const lines = findings.map(({ message }) => `  warning    ${message}`);
  if (comparison === undefined) return lines;
  if (comparison.status === 'notCompared') return [...lines, `  answer     ${comparison.message}`];
  lines.push(`  answer     ${comparison.passed ? '✓' : '✗'} ${comparison.message}`);
  return [
    ...lines,
    ...comparison.buffers.map(({ name, scalars, differing, error, absolute, nanGot, nanExpected }) => {
      const largest =
        absolute === undefined
          ? 'equal'
          : `error ${errorText(error)}, ${errorText(absolute.value)} at ${absolute.element}`;
      const nan = nanGot + nanExpected === 0 ? '' : `, NaN ${nanGot} (expected ${nanExpected})`;
      return `               ${name}: ${differing} of ${scalars} differ, ${largest}${nan}`;
    }),
  ];
}

export function programText(result: ProgramResult): string {
  const trace = result.trace === undefined ? '' : traceText(result.trace, process.cwd());
  if (result.status !== 'ok') return `${trace}${failureText(result)}`;
  const lines = [
    `program    ${duration(result.wallTime * 1000)}, exit code ${result.exitCode}, on ${result.device.name}`,
    ...(result.trace === undefined ? result.kernels : []).map(
      (kernel) =>
        `  ${kernel.name}  ${kernel.launches} launches, ${duration(kernel.total)} in all, ${dimensions(kernel.grid)} blocks × ${dimensions(kernel.block)} threads`,
    ),
  ];
  return `${lines.join('\n')}\n${trace}${result.notes.map((note) => `  note       ${note}\n`).join('')}`;
}

export function doctorText(report: DoctorReport): string {
  const marks = { ok: '✓', warning: '!', error: '✗', absent: '–' };
  return report.checks
    .map(
      ({ name, state, detail, fix }) =>
        `${marks[state]} ${name}: ${detail}\n${fix === undefined ? '' : `    ${fix}\n`}`,
    )
    .join('');
}

function failureText(failure: Exclude<RunResult | ProgramResult, { status: 'ok' }>): string {
  const lines = [`${failure.status}: ${failure.message}`];
  if (failure.status === 'buildFailed') {
    lines.push(
      ...failure.diagnostics.map(
        (d) => `  ${d.file}:${d.line}${d.column === undefined ? '' : `:${d.column}`}: ${d.severity}: ${d.message}`,
      ),
    );
  }
  if (failure.status === 'unsupported') {
    lines.push(...failure.places.map((d) => `  ${d.file}:${d.line}: ${d.message}`));
  }
  if (failure.status === 'kernelFaulted' && failure.location !== undefined) {
    const { file, line } = failure.location;
    const where =
      failure.thread === undefined
        ? ''
        : `, block (${failure.block?.join(', ') ?? '?'}), thread (${failure.thread.join(', ')})`;
    lines.push(`  at ${file}:${line}${where}`);
  }
  return `${lines.join('\n')}\n`;
}
