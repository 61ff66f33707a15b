export { ProjectDatabases, type FlagsOfFile, type ProjectFolders } from './database';
export { projectFlags, splitCommand, type DatabaseEntry, type ProjectFlags } from './command-line';
