import type { ParsedDocument } from '../parse';
import { analysisOf, analyze, type Analysis } from '../model/build';
import { isElsewhere } from '../model/positions';
import type { FileModel } from '../model/types';
import type { Target } from '../target';
import { blockNotWarpMultiple } from './block-not-warp-multiple';
import { blockTooLarge } from './block-too-large';
import { ceilOfIntegerDivision } from './ceil-of-integer-division';
import { clusterSizeMismatch } from './cluster-size-mismatch';
import { directive } from './directive';
import { dynamicSmemMissing } from './dynamic-smem-missing';
import { dynamicSmemOver48k } from './dynamic-smem-over-48k';
import { gridAxesSwapped } from './grid-axes-swapped';
import { gridDimLimit } from './grid-dim-limit';
import { gridTooSmall } from './grid-too-small';
import { gridTruncation } from './grid-truncation';
import { hostPointerToKernel } from './host-pointer-to-kernel';
import { devicePointerDerefOnHost } from './device-pointer-deref-on-host';
import { indexBlockMismatch } from './index-block-mismatch';
import { kernelNontrivialParam } from './kernel-nontrivial-param';
import { kernelReferenceParam } from './kernel-reference-param';
import { launchBoundsExceeded } from './launch-bounds-exceeded';
import { launchConfigSwapped } from './launch-config-swapped';
import { launchDimMismatch } from './launch-dim-mismatch';
import { sharedArrayPartlyFilled } from './shared-array-partly-filled';
import { staticSmemOver48k } from './static-smem-over-48k';
import { symbolAsPointer } from './symbol-as-pointer';
import { freeMismatch } from './free-mismatch';
import { byteCountMissingSizeof } from './byte-count-missing-sizeof';
import { byteCountSizeofPointer } from './byte-count-sizeof-pointer';
import { elementSizeMismatch } from './element-size-mismatch';
import { copyExceedsAllocation } from './copy-exceeds-allocation';
import { memsetNonByteValue } from './memset-non-byte-value';
import { addressOfPointer } from './address-of-pointer';
import { eventNotSynchronized } from './event-not-synchronized';
import { timingWithoutSync } from './timing-without-sync';
import { useAfterFree } from './use-after-free';
import { unallocatedPointer } from './unallocated-pointer';
import { missingSyncBeforeHostRead } from './missing-sync-before-host-read';
import { missingSyncBeforeExit } from './missing-sync-before-exit';
import { removedApi } from './removed-api';
import { uncheckedLaunch } from './unchecked-launch';
import { uncheckedApi } from './unchecked-api';
import { memcpyKindMismatch } from './memcpy-kind-mismatch';
import { missingBoundsGuard } from './missing-bounds-guard';
import { sharedIndexOutOfBounds } from './shared-index-out-of-bounds';
import { blockIndexMissing } from './block-index-missing';
import { gridStrideWrongStep } from './grid-stride-wrong-step';
import { integerDivisionInFloat } from './integer-division-in-float';
import { swappedBounds } from './swapped-bounds';
import { wrongGuardOperator } from './wrong-guard-operator';
import { wrongThreadIndex } from './wrong-thread-index';
import { conflictingStores } from './conflicting-stores';
import { doubleLiteralInFloat } from './double-literal-in-float';
import { indexWidenedTooLate } from './index-widened-too-late';
import { uncoalescedAccess } from './uncoalesced-access';
import { sharedBankConflict } from './shared-bank-conflict';
import { indexOutOfBounds } from './index-out-of-bounds';
import { offByOneGuard } from './off-by-one-guard';
import { racyAccumulation } from './racy-accumulation';
import { dynamicSmemTooSmall } from './dynamic-smem-too-small';
import type { Finding, Fix, Rule, Severity } from './rule';
import { Suppressions } from './suppress';
import { syncthreadsAfterReturn } from './syncthreads-after-return';
import { shuffleMaskDivergent } from './shuffle-mask-divergent';
import { shuffleWidth } from './shuffle-width';
import { externSharedAlias } from './extern-shared-alias';
import { gridSyncWithoutCooperativeLaunch } from './grid-sync-without-cooperative-launch';
import { missingSyncthreads } from './missing-syncthreads';
import { sharedWarRace } from './shared-war-race';
import { missingSyncwarp } from './missing-syncwarp';
import { sharedUninitialized } from './shared-uninitialized';
import { syncthreadsDivergent } from './syncthreads-divergent';
import { tooManyRegisters } from './too-many-registers';
import { zeroLaunchDim } from './zero-launch-dim';

export { formatMessage, type Finding, type Fix, type Message, type Rule, type Severity, type TextChange } from './rule';

/** Every rule, in the order of the documentation. */
export const rules: readonly Rule[] = [
  blockTooLarge,
  zeroLaunchDim,
  gridTruncation,
  missingBoundsGuard,
  indexOutOfBounds,
  offByOneGuard,
  wrongThreadIndex,
  wrongGuardOperator,
  swappedBounds,
  integerDivisionInFloat,
  gridStrideWrongStep,
  blockIndexMissing,
  racyAccumulation,
  conflictingStores,
  sharedBankConflict,
  uncoalescedAccess,
  indexWidenedTooLate,
  doubleLiteralInFloat,
  dynamicSmemMissing,
  sharedArrayPartlyFilled,
  clusterSizeMismatch,
  directive,
  kernelNontrivialParam,
  kernelReferenceParam,
  launchDimMismatch,
  launchConfigSwapped,
  ceilOfIntegerDivision,
  indexBlockMismatch,
  gridAxesSwapped,
  gridTooSmall,
  dynamicSmemOver48k,
  staticSmemOver48k,
  blockNotWarpMultiple,
  gridDimLimit,
  launchBoundsExceeded,
  dynamicSmemTooSmall,
  sharedIndexOutOfBounds,
  memcpyKindMismatch,
  tooManyRegisters,
  hostPointerToKernel,
  devicePointerDerefOnHost,
  symbolAsPointer,
  freeMismatch,
  byteCountMissingSizeof,
  byteCountSizeofPointer,
  elementSizeMismatch,
  copyExceedsAllocation,
  memsetNonByteValue,
  addressOfPointer,
  syncthreadsDivergent,
  eventNotSynchronized,
  timingWithoutSync,
  useAfterFree,
  unallocatedPointer,
  syncthreadsAfterReturn,
  shuffleMaskDivergent,
  shuffleWidth,
  externSharedAlias,
  gridSyncWithoutCooperativeLaunch,
  missingSyncBeforeHostRead,
  missingSyncBeforeExit,
  missingSyncthreads,
  sharedWarRace,
  missingSyncwarp,
  sharedUninitialized,
  removedApi,
  uncheckedLaunch,
  uncheckedApi,
];

export interface LintOptions {
  /** By rule id: another severity than the rule's own, or `off`. */
  readonly severities?: Readonly<Record<string, 'off' | Severity>>;
  readonly target?: Target;
}

/** What the rules find, in the order of the text. `model` must be the document's own, of its present text. */
export function lint(document: ParsedDocument, model?: FileModel, options: LintOptions = {}): Finding[] {
  const analysis = (model && analysisOf(model)) ?? analyze(document);
  const suppressions = new Suppressions(document.text);
  const findings: Finding[] = [];
  const target = options.target ?? {};
  for (const rule of rules) {
    const chosen = options.severities?.[rule.id];
    if (chosen === 'off' || (rule.optIn && chosen === undefined)) continue;
    for (const report of rule.run(analysis, target)) {
      const span = isElsewhere(report.span) ? report.launch : report.span;
      if (!span) continue;
      const finding: Finding = {
        rule: rule.id,
        severity: chosen ?? report.severity ?? rule.severity,
        span,
        message: report.message,
        fixes: (report.fixes ?? []).filter((fix) => isApplicable(fix, analysis)),
      };
      if (!suppressions.covers(finding)) findings.push(finding);
    }
  }
  return findings.sort((a, b) => a.span.start - b.span.start || a.rule.localeCompare(b.rule));
}

/** An edit cannot reach into an included file, nor into what a macro puts together. */
function isApplicable({ edits }: Fix, { model }: Analysis): boolean {
  return edits.every(({ span }) => {
    const expanded = model.launches.some(
      (launch) => launch.form === 'macro' && launch.span.start === span.start && launch.span.end === span.end,
    );
    return !expanded && !isElsewhere(span);
  });
}
