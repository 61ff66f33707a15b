import { barrierFix, racesOf } from './lib/races';
import { msg, type Rule } from './rule';

/** A thread reads an element of shared memory that another thread has written since the last barrier: it may get the old value. */
export const missingSyncthreads: Rule = {
  id: 'missing-syncthreads',
  severity: 'error',
  summary: 'Shared memory is read that another thread wrote, without a barrier in between.',
  run: (analysis) =>
    racesOf(analysis, (race) => race.kind === 'read after write' && race.betweenWarps && !race.volatile).map(
      (race) => ({
        span: race.second.span,
        message: msg(
          "another thread writes this element ('{0}'), and no barrier makes sure that it is done: __syncthreads() is missing",
          race.first.text,
        ),
        fixes: barrierFix(race, '__syncthreads();'),
      }),
    ),
};
