import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { Symbolic } from '../model/symbolic';
import { hasElements } from './lib/array-elements';
import { countedAxes } from './lib/bounds';
import type { LaunchView } from './lib/common';
import { exchangedBounds, type ExchangedBounds } from './lib/exchanged-bounds';
import { launchedKernels } from './lib/launched';
import { msg, type Report, type Rule } from './rule';

/** `x` is compared with the height and `y` with the width: right for squares only. */
export const swappedBounds: Rule = {
  id: 'swapped-bounds',
  severity: 'error',
  summary: 'The bounds of two axes are exchanged.',
  run: (analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return launchedKernels(analysis).flatMap(({ fn, views }) => {
      const suspects = exchangedBounds(fn, analysis);
      const found = suspects.find((suspect) => boundsExchanged(suspect, fn, views, analysis, symbolic));
      if (found) return report(found);
      const wrong = suspects.find((suspect) => lengthExchanged(suspect, fn, views, analysis, symbolic));
      return wrong ? reportLength(wrong) : [];
    });
  },
};

function boundsExchanged(
  { column, row }: ExchangedBounds,
  fn: FunctionFacts,
  views: readonly LaunchView[],
  analysis: Analysis,
  symbolic: Symbolic,
): boolean {
  if (views.length === 0) return tall.test(column.right.text) && wide.test(row.right.text);
  return views.every((view) => {
    const [forColumn, forRow] = [column, row].map(({ right }) => countedAxes(right, fn, view, analysis, symbolic));
    // The grid is made for the sizes the other way round, and they differ.
    return (
      forColumn!.includes(row.axis) &&
      !forColumn!.includes(column.axis) &&
      forRow!.includes(column.axis) &&
      !forRow!.includes(row.axis)
    );
  });
}

/** Grid and guards agree, the array has as many elements as both say, and still the index takes the number of rows for a row's length. */
function lengthExchanged(
  { column, row, parameter }: ExchangedBounds,
  fn: FunctionFacts,
  views: readonly LaunchView[],
  analysis: Analysis,
  symbolic: Symbolic,
): boolean {
  return (
    views.length > 0 &&
    views.every((view) => {
      const [forColumn, forRow] = [column, row].map(({ right }) => countedAxes(right, fn, view, analysis, symbolic));
      return (
        forColumn!.includes(column.axis) &&
        !forColumn!.includes(row.axis) &&
        forRow!.includes(row.axis) &&
        !forRow!.includes(column.axis) &&
        hasElements([row.right.text, column.right.text], parameter, fn, view, analysis, symbolic)
      );
    })
  );
}

function reportLength({ row, column, access }: ExchangedBounds): Report[] {
  const message = msg(
    'the rows of {0} are {1} long, but the index takes {2} for their length',
    `'${access.child('argument')!.text}'`,
    column.right.text,
    row.right.text,
  );
  return [{ span: access.span, message }];
}

const tall = /^(?:h|height|rows?|n?rows|num_?rows|ny|ysize|size_?y|\w*height)$/i;
const wide = /^(?:w|width|cols?|n?cols|num_?cols|columns|nx|xsize|size_?x|\w*width)$/i;
function report({ row, column, access }: ExchangedBounds): Report[] {
  const message = msg(
    '{0} is compared with {1}, but the rows of {2} are {3} long: the two bounds are exchanged',
    column.left.text,
    column.right.text,
    `'${access.child('argument')!.text}'`,
    row.right.text,
  );
  const edits = [
    { span: column.right.span, newText: row.right.text },
    { span: row.right.span, newText: column.right.text },
  ].sort((a, b) => a.span.start - b.span.start);
  return [{ span: column.node.span, message, fixes: [{ title: msg('Exchange the bounds'), edits, preferred: true }] }];
}
