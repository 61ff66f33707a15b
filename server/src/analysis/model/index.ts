export * from './types';
export { buildModel } from './build';
export { argumentsByParameter, findAllocation, kernelOf, launchesOf, lineOf } from './lookups';
