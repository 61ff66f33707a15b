/** `Run Program`: from the code lens, the editor's run button, the palette or launch.json. */
import * as vscode from 'vscode';
import type { Context } from '../context';
import { runProgram } from '../program-run';
import { reportError } from '../report';
import { ensureTrusted, targetDocument } from '../target';
import { startConfiguration } from './launch-configuration';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand('kernelLens.runProgram', async (...args: unknown[]) => {
      try {
        if (!(await ensureTrusted())) return;
        const document = await targetDocument(args);
        if (!document) return;
        // Arguments and environment come from launch.json, where it speaks of this file.
        if (!(await startConfiguration(document.uri))) await runProgram(context, document.uri);
      } catch (error) {
        reportError(context, error);
      }
    }),
  );
}
