export { buildAssembly, type Assembly, type AssemblyBuild, type AssemblyRequest } from './disassemble';
export { codeBytes, countInstructions, kindOf, type InstructionCount, type InstructionKind } from './kinds';
export { withCallees, type AssemblyFunction, type AssemblyKind, type Listing } from './listing';
export { render, type Rendered } from './render';
