import { Symbolic } from '../model/symbolic';
import { countedAxes } from './lib/bounds';
import { exchangedBounds, type ExchangedBounds } from './lib/exchanged-bounds';
import { launchesByKernel } from './lib/launched';
import { isKernel } from './lib/per-function';
import { msg, type Report, type Rule } from './rule';

/** `x` is compared with the height and `y` with the width: right for squares only. */
export const swappedBounds: Rule = {
  id: 'swapped-bounds',
  severity: 'error',
  summary: 'The bounds of two axes are exchanged.',
  run: (analysis) => {
    const { index } = analysis.evaluator;
    const launched = launchesByKernel(analysis);
    const symbolic = new Symbolic(analysis.evaluator);
    return index.facts.flatMap((unit) =>
      unit.functions
        .filter((fn) => isKernel(fn, unit))
        .flatMap((fn) => {
          const suspects = exchangedBounds(fn, analysis);
          const found = suspects.find(({ column, row }) => {
            const views = launched.get(fn) ?? [];
            if (views.length === 0) return tall.test(column.right.text) && wide.test(row.right.text);
            return views.every((view) => {
              const [forColumn, forRow] = [column, row].map(({ right }) =>
                countedAxes(right, fn, view, analysis, symbolic),
              );
              // The grid is made for the sizes the other way round, and they differ.
              return (
                forColumn!.includes(row.axis) &&
                !forColumn!.includes(column.axis) &&
                forRow!.includes(column.axis) &&
                !forRow!.includes(row.axis)
              );
            });
          });
          return found ? report(found) : [];
        }),
    );
  },
};

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
