export * from './types';
export { splitArguments } from './tokens';
export { buildModel } from './build';
export { Imports, includesOf, type Include } from './imports';
export { includedPlace, isElsewhere, originOf } from './positions';
export { argumentsByParameter, findAllocation, kernelOf, launchesOf, lineOf } from './lookups';
