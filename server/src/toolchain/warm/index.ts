export { WarmChecker, type WarmAnswer, type WarmOptions } from './checker';
export { verifyWarm } from './verify';
export { WarmBuilder, type WarmBuild, type WarmBuildOptions } from './builder';
