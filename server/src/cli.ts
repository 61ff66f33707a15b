/** Composition root for the terminal and for CI: the same rooms as the editor's, without LSP. */
import path from 'node:path';
import { Command } from 'commander';
import manifest from '../../package.json';
import { addCommands } from './cli/commands';
import { exitCodes, listenForInterrupts, printJson } from './cli/terminal';
import { describeError } from './log';
import { disposeRunners } from './runner';

async function main(): Promise<void> {
  listenForInterrupts();
  const program = new Command('kernel-lens')
    .description('Checks CUDA sources, runs and times their kernels, on the GPU or on the CPU.')
    .version(manifest.version)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.failed));
  let code: number = exitCodes.ok;
  let format: unknown;
  program.hook('preAction', (_, command) => {
    format = command.opts<{ format?: unknown }>().format;
  });
  addCommands(program, (result) => {
    code = result;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    report(error, format);
    code = exitCodes.failed;
  }
  await disposeRunners();
  process.exit(code);
}

function report(error: unknown, format: unknown): void {
  const { code, path: file } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'EACCES') {
    console.error(describeError(error));
    return;
  }
  const message = `${path.relative(process.cwd(), file ?? '')}: cannot be read (${code})`;
  // Who asks for JSON reads standard output.
  if (format === 'json') printJson({ status: 'failed', message });
  else console.error(message);
}

void main();
