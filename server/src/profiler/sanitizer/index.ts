export { findLine, wantsLine } from './find-line';
export { sanitizeKernel, sanitizeProgram, type SanitizeKernelRequest, type SanitizeProgramRequest } from './request';
export { sanitizeOnCpu } from './on-cpu';
