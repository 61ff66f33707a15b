/** `kernel-lens sanitize`: a kernel or the whole program of a file under compute-sanitizer. */
import path from 'node:path';
import {
  sanitizerTools,
  type SanitizeResult,
  type SanitizerFinding,
  type SanitizerTool,
} from '../../../protocol/src/sanitize';
import { sanitizeKernel, sanitizeOnCpu, sanitizeProgram } from '../profiler/sanitizer';
import { chooseDevice } from '../runner';
import { contextFor, sourceOfFile, withPlannedKernel, type RunOptions } from './run';

/** Values of `--tool`. */
export const toolChoices = [...sanitizerTools, 'all'] as const;

export function toolsOf(choice: (typeof toolChoices)[number]): readonly SanitizerTool[] {
  return choice === 'all' ? sanitizerTools : [choice];
}

export async function sanitizeKernelOfFile(
  name: string,
  kernel: string | undefined,
  tools: readonly SanitizerTool[],
  options: RunOptions,
): Promise<SanitizeResult> {
  return withPlannedKernel(name, kernel, options, async ({ source, plan }): Promise<SanitizeResult> => {
    const { device, gpu, cppCompiler } = options.settings.run;
    const place = await chooseDevice({ device, toolkit: options.toolkit });
    if (place.kind === 'none') return { status: 'noDevice', message: place.why, plan };
    const context = contextFor(options);
    if (place.kind === 'cpu') return sanitizeOnCpu({ source, plan, compiler: cppCompiler }, context);
    return sanitizeKernel({ source, plan, toolkit: place.toolkit, gpu }, tools, context);
  });
}

export async function sanitizeProgramOfFile(
  name: string,
  tools: readonly SanitizerTool[],
  options: RunOptions,
): Promise<SanitizeResult> {
  const place = await chooseDevice({ device: 'gpu', toolkit: options.toolkit });
  if (place.kind !== 'gpu') return { status: 'noDevice', message: place.kind === 'none' ? place.why : '' };
  const source = await sourceOfFile(name, options);
  return sanitizeProgram({ source, toolkit: place.toolkit, gpu: options.settings.run.gpu }, tools, contextFor(options));
}

/** `file:line: error: message [memcheck]`, as compilers print it, with related places below. Pure. */
export function sanitizeText(result: SanitizeResult, folder: string): string {
  if (result.status !== 'ok') return `${result.message}\n`;
  const lines = result.findings.flatMap((finding) => findingLines(finding, folder));
  const count = result.findings.length;
  const summary = `${result.tools.join(', ')} on ${result.device.name}: ${count === 0 ? 'nothing found' : `${count} ${count === 1 ? 'finding' : 'findings'}`}`;
  return [...lines, ...result.notes, summary, ''].join('\n');
}

function findingLines({ location, severity, message, tool, related }: SanitizerFinding, folder: string): string[] {
  const place = (at: SanitizerFinding['location']) => {
    if (at === undefined) return '';
    const file = path.relative(folder, at.file);
    return `${file.startsWith('..') ? at.file : file}:${at.line}: `;
  };
  return [
    `${place(location)}${severity}: ${message} [${tool}]`,
    ...related.map((note) => `    ${place(note.location)}${note.message}`),
  ];
}
