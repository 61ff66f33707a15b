/** Nsight Compute: found, called, and its reports read. */
export { locateNcu, type NcuSearch } from './locate';
export { collect, importReport, type Collected, type Program } from './run';
export { counterPlatform, type CounterPlatform } from './platform';
export { occupancyLimiters } from './figures';
export { profilesOf } from './report';
export type { CollectionProblem } from './output';
export type { CollectOptions } from './arguments';
