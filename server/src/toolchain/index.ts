export type { Toolkit, ToolkitOrigin, ToolkitSearch, ToolkitVersion } from './types';
export { locateToolkit, locateToolkits, type LocateOptions, type ToolkitInstallation } from './locate';
export { atLeast, oldestToolkit, parseNvccVersion } from './version';
export { Compilers, type Inquiry } from './compilers';
export { crashMessage, diagnose, type Depth, type DiagnoseRequest, type DiagnoseResult } from './diagnose';
export {
  architectureOf,
  detectArchitecture,
  knownArchitectures,
  parseArchitectures,
  parseListedGpus,
} from './architecture';
export { commonArguments, lineDirective, lineInfo } from './nvcc-arguments';
export { ccclFolderOf, clangdConfig, clangdStubs, type ClangdConfigInput } from './clangd';
export { buildCommand, type BuildCommand, type BuildCommandInput } from './build-command';
export {
  alignCaret,
  parseNvccOutput,
  parseResourceUsage,
  type ColumnRange,
  type CompilerMessage,
  type RelatedMessage,
  type ResourceUsage,
} from './messages';
export { diskMessage, diskProblem } from './disk';
export { resourceUsageOf, withoutRefused, type ResourceAnswer, type ResourceRequest } from './resource-usage';
export { ProjectDatabases, type FlagsOfFile, type ProjectFolders } from './project';
export { WarmBuilder, type WarmBuild, type WarmBuildOptions } from './warm';
