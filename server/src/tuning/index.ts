/** Which launch of a kernel is fastest, and how its time grows with the problem. */
export { applicationOf, type Application } from './apply';
export { sweepOf, type SweepPlan } from './sweep';
export { trialsOf, type Trial, type Trials, type TuningSource } from './trials';
export { tune, type Measuring } from './tune';
