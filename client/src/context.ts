/** What every feature is given. */
import type * as vscode from 'vscode';
import type { Connection } from './connection';
import type { Panels } from './panels';
import type { Results } from './results';
import type { Runs } from './runs';
import type { Views } from './views';

export interface Context {
  readonly extension: vscode.ExtensionContext;
  readonly server: Connection;
  /** What kernels and programs print, and what the tools said when a run failed. */
  readonly output: vscode.OutputChannel;
  readonly panels: Panels;
  readonly views: Views;
  readonly results: Results;
  readonly runs: Runs;
}
