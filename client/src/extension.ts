/** The client's table of contents: what Kernel Lens adds to VS Code, one file a feature. */
import * as vscode from 'vscode';
import { Connection } from './connection';
import type { Context } from './context';
import * as assembly from './features/assembly';
import * as clangd from './features/clangd';
import * as configure from './features/configure';
import * as decorations from './features/decorations';
import * as device from './features/device';
import * as doctor from './features/doctor';
import * as heat from './features/heat';
import * as history from './features/history';
import * as languageModelTools from './features/language-model-tools';
import * as launchConfiguration from './features/launch-configuration';
import * as launchChoice from './features/launch-choice';
import * as more from './features/more';
import * as ncuReportEditor from './features/ncu-report-editor';
import * as systemTraceEditor from './features/system-trace-editor';
import * as neighbours from './features/neighbours';
import * as plan from './features/plan';
import * as profile from './features/profile';
import * as profilePage from './features/profile-page';
import * as runKernel from './features/run-kernel';
import * as runProgram from './features/run-program';
import * as sanitize from './features/sanitize';
import * as selectToolkit from './features/select-toolkit';
import * as server from './features/server';
import * as tasks from './features/tasks';
import * as timeline from './features/timeline';
import * as toolkit from './features/toolkit';
import * as tune from './features/tune';
import * as watch from './features/watch';
import { Panels } from './panels';
import { reportError } from './report';
import { Results } from './results';
import { Runs } from './runs';
import { Views } from './views';

const features = [
  runKernel,
  runProgram,
  launchConfiguration,
  timeline,
  decorations,
  plan,
  launchChoice,
  configure,
  assembly,
  history,
  watch,
  tune,
  doctor,
  device,
  toolkit,
  profile,
  profilePage,
  heat,
  ncuReportEditor,
  systemTraceEditor,
  sanitize,
  selectToolkit,
  tasks,
  clangd,
  more,
  languageModelTools,
  neighbours,
  server,
];

let connection: Connection | undefined;

export async function activate(extension: vscode.ExtensionContext): Promise<void> {
  connection = new Connection(extension);
  const context: Context = {
    extension,
    server: connection,
    output: vscode.window.createOutputChannel('Kernel Lens'),
    panels: new Panels((error) => reportError(context, error)),
    views: new Views(extension, (error) => reportError(context, error)),
    results: new Results(),
    runs: new Runs(connection),
  };
  extension.subscriptions.push(context.output, context.panels, context.views, context.results, context.runs);
  // Features listen to the server's notifications, so they come first and the server starts last.
  for (const feature of features) feature.activate(context);
  await connection.start();
}

export async function deactivate(): Promise<void> {
  await connection?.stop();
}
