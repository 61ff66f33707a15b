export type { Toolkit } from './types';
