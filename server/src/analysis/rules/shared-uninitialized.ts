import { runBlocks } from './lib/block-run';
import { kernels } from './lib/races';
import { msg, type Rule } from './rule';

/** Shared memory holds whatever was there before: it is read or added to before anything was written. */
export const sharedUninitialized: Rule = {
  id: 'shared-uninitialized',
  severity: 'warning',
  summary: 'Shared memory is read or added to before anything is written to it.',
  run: (analysis) =>
    kernels(analysis).flatMap(({ fn, views }) => {
      const [run] = runBlocks(fn, views, analysis);
      const names = new Set<string>();
      return [...(run?.unset ?? [])].flatMap(([site, array]) => {
        if (array.lost || names.has(array.name) || site.unit !== fn.node.unit) return [];
        names.add(array.name);
        const message = msg(
          "'{0}' is used here before anything is written to it: shared memory starts with arbitrary contents",
          array.name,
        );
        return [{ span: site.span, message }];
      });
    }),
};
