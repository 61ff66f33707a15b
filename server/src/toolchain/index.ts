export type { Toolkit, ToolkitOrigin, ToolkitSearch, ToolkitVersion } from './types';
export { locateToolkit, type LocateOptions } from './locate';
export { atLeast, oldestToolkit, parseNvccVersion } from './version';
export { Compilers, type Inquiry } from './compilers';
export { diagnose, type Depth, type DiagnoseRequest, type DiagnoseResult } from './diagnose';
export { detectArchitecture, parseComputeCapabilities } from './architecture';
export { commonArguments, lineDirective } from './nvcc-arguments';
export { alignCaret, parseNvccOutput, type ColumnRange, type CompilerMessage, type RelatedMessage } from './messages';
export { ProjectDatabases, type FlagsOfFile, type ProjectFolders } from './project';
