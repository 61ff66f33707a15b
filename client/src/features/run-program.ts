/** `Run Program`: from the code lens, the editor's run button, the palette or launch.json. */
import * as vscode from 'vscode';
import { whereTrusted } from '../commands';
import type { Context } from '../context';
import { runProgram } from '../program-run';
import { targetDocument } from '../target';
import { startConfiguration } from './launch-configuration';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.runProgram',
      whereTrusted(context, async (args) => {
        const document = await targetDocument(args);
        if (!document) return;
        // Arguments and environment come from launch.json, where it speaks of this file.
        if (!(await startConfiguration(document.uri))) await runProgram(context, document.uri);
      }),
    ),
  );
}
