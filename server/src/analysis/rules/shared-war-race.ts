import { barrierFix, racesOf } from './lib/races';
import { msg, type Rule } from './rule';

/** A thread overwrites an element of shared memory that another thread may not have read yet. */
export const sharedWarRace: Rule = {
  id: 'shared-war-race',
  severity: 'warning',
  summary: 'Shared memory is overwritten that another thread may still have to read.',
  run: (analysis) =>
    racesOf(analysis, (race) => race.kind === 'write after read' && race.betweenWarps && !race.volatile).map(
      (race) => ({
        span: race.second.span,
        message: msg(
          "another thread may not have read this element yet ('{0}') when it is overwritten: __syncthreads() is missing in between",
          race.first.text,
        ),
        fixes: barrierFix(race, '__syncthreads();'),
      }),
    ),
};
