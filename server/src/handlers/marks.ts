import * as l10n from '@vscode/l10n';
import { isDoubtful, type KernelRun, type ResultMark, type RunFailure } from '../../../protocol/src';
import type { Kernel } from '../analysis';
import type { OpenDocument } from '../documents';
import { isStale } from '../run-history';
import type { Session } from '../session';
import { answerHover } from './answer';
import { failureSummary, kernelSummary } from './code-lens';
import { limiterName } from './cost/limiter';
import { bytes, dimensions, duration, percent } from './format';
import { numberRows, type Row } from './number-rows';
import { programMarks } from './program-marks';

/** What the editor draws in a document: each kernel's last result on its launch lines, a fault where it happened, and what the last whole program did. */
export function resultMarks(session: Session, document: OpenDocument): ResultMark[] {
  return joinMarks(kernelMarks(session, document), programMarks(session, document));
}

/** A line has one mark: that of the kernel run by itself, then what its launch did in the program, which is another number. */
export function joinMarks(kernels: readonly ResultMark[], programs: readonly ResultMark[]): ResultMark[] {
  const lines = new Set(kernels.map(({ line }) => line));
  const joined = kernels.map((mark): ResultMark => {
    const program = programs.find(({ line }) => line === mark.line);
    if (program === undefined) return mark;
    return {
      line: mark.line,
      text: `${mark.text} · ${l10n.t('in the program {0}', program.text)}`,
      hover: `${mark.hover}\n\n---\n\n**${l10n.t('In the program')}**\n\n${program.hover}`,
      // The one that is in doubt colours both.
      state: mark.state === 'ok' ? program.state : mark.state,
    };
  });
  return [...joined, ...programs.filter(({ line }) => !lines.has(line))];
}

function kernelMarks(session: Session, document: OpenDocument): ResultMark[] {
  return document.model.kernels.flatMap((kernel, index) => {
    const remembered = session.history.kernel(document.uri, kernel.name);
    if (remembered === undefined || remembered.result.status === 'cancelled') return [];
    const { result } = remembered;
    const stale = isStale(remembered, document);
    const state = stale ? 'stale' : result.status === 'ok' && !isDoubtful(result) ? 'ok' : 'failed';
    const text = markText(result, document.file);
    const hover = result.status === 'ok' ? runHover(result) : failureHover(result);
    return linesOf(document, kernel, index, result).map((line): ResultMark => ({ line, text, hover, state }));
  });
}

/** At the faulting line itself its number says nothing: what happened there does. */
function markText(result: KernelRun | RunFailure, file: string): string {
  if (result.status !== 'kernelFaulted' || result.location?.file !== file) return kernelSummary(result);
  return `✗ ${/^.*?[.!?](?=\s|$)/.exec(result.message)?.[0] ?? result.message}`;
}

function linesOf(document: OpenDocument, kernel: Kernel, index: number, result: KernelRun | RunFailure): number[] {
  if (result.status === 'kernelFaulted' && result.location?.file === document.file) return [result.location.line - 1];
  const launches = document.model.launches.filter((launch) => launch.kernel === index);
  if (result.status === 'ok') {
    // Only the launch that was measured, when the plan names one.
    const { grid } = result.plan.provenance;
    if (grid.kind === 'launchSite' && grid.file === undefined) {
      const measured = launches
        .map((launch) => lineAt(document, launch.span.start))
        .filter((line) => line === grid.line - 1);
      if (measured.length > 0) return measured;
    }
  }
  return launches.length > 0
    ? launches.map((launch) => lineAt(document, launch.span.start))
    : [lineAt(document, kernel.nameSpan.start)];
}

function lineAt(document: OpenDocument, offset: number): number {
  return document.positionAt(offset).line;
}

function runHover(run: KernelRun): string {
  const { plan, device } = run;
  const rows: Row[] = [
    [l10n.t('Device'), device.name],
    [l10n.t('Launch'), `${dimensions(plan.grid)} ${l10n.t('blocks')} × ${dimensions(plan.block)} ${l10n.t('threads')}`],
    ...numberRows(run),
  ];
  if (run.resources !== undefined) {
    const { registersPerThread, staticSharedBytes } = run.resources;
    rows.push([l10n.t('Registers'), `${registersPerThread}${localText(run.resources.localBytesPerThread)}`]);
    rows.push([l10n.t('Shared memory'), bytes(staticSharedBytes + plan.sharedBytes)]);
  }
  if (run.occupancy !== undefined) {
    const { ratio, limiter } = run.occupancy;
    rows.push([l10n.t('Occupancy'), ratio === 1 ? percent(ratio) : `${percent(ratio)} (${limiterName(limiter)})`]);
  }
  for (const change of [run.changes?.last, run.changes?.baseline]) {
    if (change !== undefined) rows.push([l10n.t('Change'), `${duration(change.median)} → ${change.text}`]);
  }
  // The editor leaves no gap behind the longest name.
  const line = ([name, value]: readonly [string, string]) =>
    `| ${name}&nbsp;&nbsp; | ${value.replaceAll('|', '\\|')} |`;
  const table = ['| | |', '|---|---|', ...rows.map(line)];
  return [`**${plan.kernel}**`, '', ...answerHover(run), ...table, '', ...run.notes.map((note) => `- ${note}`)].join(
    '\n',
  );
}

/** Spilled registers and arrays that cannot be registers share it; the driver does not tell them apart. */
function localText(localBytes: number): string {
  return localBytes === 0 ? '' : `, ${l10n.t('{0} local memory a thread (spills, indexed arrays)', bytes(localBytes))}`;
}

function failureHover(failure: RunFailure): string {
  return `**${failureSummary(failure)}**\n\n${failure.message}`;
}
