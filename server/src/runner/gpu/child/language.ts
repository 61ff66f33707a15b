/** Speaks as the server does; imported before anything that has words. */
import * as l10n from '@vscode/l10n';

const bundle = process.env['KERNEL_LENS_L10N'];
// What this process starts, a traced or profiled kernel, is no process of ours.
delete process.env['KERNEL_LENS_L10N'];
try {
  if (bundle !== undefined) l10n.config({ fsPath: bundle });
} catch {
  // English is better than no run.
}
