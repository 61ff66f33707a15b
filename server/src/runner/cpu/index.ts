/** Runs kernels and whole CUDA programs on the CPU: rewritten to C++, built with g++ or clang++, checked while they run. */
export { findCppCompiler, type CompilerSearch, type CppCompiler, type NoCppCompiler } from './compiler';
export { compareOnCpu, runKernelOnCpu } from './run-kernel';
export { runProgramOnCpu } from './run-program';
export { findUnsupported, type UnsupportedPlace } from './unsupported';
