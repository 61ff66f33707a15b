export { WarmChecker, type WarmAnswer, type WarmOptions } from './checker';
export { verifyWarm } from './verify';
