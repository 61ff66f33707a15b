/** From the differences of single buffers to one answer. Pure. */
import * as l10n from '@vscode/l10n';
import type { CheckRequest, ComparedBuffer, Comparison } from '../../../../protocol/src';
import { elementName, type PlannedMemory } from '../planned-memory';

/** How one buffer of a run differs from what was expected; places count scalars. */
export interface Difference {
  /** Number of the plan's memory. */
  readonly memory: number;
  readonly scalars: number;
  readonly differing: number;
  readonly nanGot: number;
  readonly nanExpected: number;
  readonly error: number;
  readonly absolute: number;
  readonly absoluteAt: number;
  readonly relative: number;
  readonly relativeAt: number;
  /** Only where something differs. */
  readonly first?: number;
  readonly got?: string;
  readonly expected?: string;
}

export function comparisonOf(
  differences: readonly Difference[],
  memory: readonly PlannedMemory[],
  check: CheckRequest,
): Comparison {
  const buffers = differences.flatMap((difference): ComparedBuffer[] => {
    const planned = memory[difference.memory];
    return planned === undefined ? [] : [comparedBuffer(difference, planned)];
  });
  const expectedFrom = check.reference ?? l10n.t('the CPU');
  if (buffers.length === 0) {
    const message = l10n.t('The kernel writes no buffer that could be compared with {0}.', expectedFrom);
    return { status: 'notCompared', message };
  }
  const wrong = buffers.filter(({ differing }) => differing > 0);
  const error = Math.max(...buffers.map((buffer) => buffer.error));
  return {
    status: 'compared',
    ...(check.reference === undefined ? {} : { reference: check.reference }),
    tolerance: check.tolerance,
    passed: wrong.length === 0,
    error,
    buffers,
    message:
      wrong.length > 0
        ? wrong.map((buffer) => differenceText(buffer, expectedFrom)).join(' ')
        : error === 0
          ? l10n.t('Equal to {0} in every bit that counts.', expectedFrom)
          : l10n.t(
              'Agrees with {0}: the largest error is {1}, the tolerance {2}.',
              expectedFrom,
              errorText(error),
              check.tolerance,
            ),
  };
}

function comparedBuffer(difference: Difference, planned: PlannedMemory): ComparedBuffer {
  const { scalars, differing, nanGot, nanExpected, error, absolute, absoluteAt, relative, relativeAt } = difference;
  const at = (value: number, index: number) => ({ element: elementName(planned, index), value });
  const { first, got = '', expected = '' } = difference;
  return {
    name: planned.name,
    scalars,
    differing,
    error,
    nanGot,
    nanExpected,
    ...(absolute > 0 ? { absolute: at(absolute, absoluteAt) } : {}),
    ...(relative > 0 ? { relative: at(relative, relativeAt) } : {}),
    ...(first === undefined
      ? {}
      : { first: { element: elementName(planned, first), got: number(got), expected: number(expected) } }),
  };
}

/** `Differs from the CPU at C[1024]: got 0, expected 3.5 (1,048,320 of 1,048,576 differ).` */
function differenceText({ name, first, differing, scalars }: ComparedBuffer, expectedFrom: string): string {
  const count = l10n.t('{0} of {1} differ', differing.toLocaleString('en-US'), scalars.toLocaleString('en-US'));
  if (first === undefined) return l10n.t('{0} differs from {1} ({2}).', name, expectedFrom, count);
  return l10n.t(
    'Differs from {0} at {1}: got {2}, expected {3} ({4}).',
    expectedFrom,
    first.element,
    first.got,
    first.expected,
    count,
  );
}

/** C's spellings of what is no number. */
function number(text: string): string {
  return text.replace(/^-?nan.*$/i, 'NaN').replace(/^(-?)inf.*$/i, '$1∞');
}

/** Two digits are all an error is read for: `1.2e-7`. */
export function errorText(error: number): string {
  if (error === 0) return '0';
  return error >= 0.01 && error < 1000 ? Number(error.toPrecision(2)).toString() : error.toExponential(1);
}
