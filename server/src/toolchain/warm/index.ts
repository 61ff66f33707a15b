export { WarmChecker, type WarmAnswer, type WarmOptions } from './checker';
