export * from './answer';
export * from './format';
export * from './plan';
export * from './result';
export * from './messages';
export * from './settings';
export * from './change';
export * from './history';
