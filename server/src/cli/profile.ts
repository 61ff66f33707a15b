/** `kernel-lens profile`: a kernel, a program or a report of Nsight Compute, without an editor. */
import path from 'node:path';
import type { ProfileAnswer, ProfileFailure } from '../../../protocol/src/profile';
import { profile, readReport, render, withFacts } from '../handlers/profile';
import { htmlDocument } from '../handlers/profile/document';
import type { PageContent } from '../handlers/profile/page';
import { prepareKernel, prepareProgram } from '../runner';
import { contextFor, sourceOfFile, withPlannedKernel, type RunOptions } from './run';
import { terminalSession } from './session';

export interface ProfileOptions {
  readonly kernel?: string;
  readonly program?: boolean;
  readonly full?: boolean;
  readonly skip?: number;
  readonly count?: number;
}

export type ProfileFormat = 'text' | 'json' | 'html' | 'md';

export type ProfileOutcome =
  { readonly status: 'ok'; readonly contents: readonly PageContent[]; readonly path: string } | ProfileFailure;

export async function profileOfFile(name: string, wish: ProfileOptions, options: RunOptions): Promise<ProfileOutcome> {
  const session = terminalSession(options.parser, options.settings);
  const answer = await answerOf();
  if (answer.status !== 'ok') return answer;
  const report = session.profiles.all().find(({ id }) => id === answer.id);
  const notes = report?.notes ?? [];
  return {
    status: 'ok',
    path: answer.path,
    contents: (report?.kernels ?? []).map((kernel) => ({ profile: kernel, notes })),
  };

  async function answerOf(): Promise<ProfileAnswer> {
    const context = contextFor(options);
    const full = wish.full ?? false;
    if (name.endsWith('.ncu-rep')) {
      return readReport(session, path.resolve(name), options.signal);
    }
    if (wish.program === true) {
      const source = await sourceOfFile(name, options);
      const { kernel, skip, count } = wish;
      return profile(session, context, {
        name: path.basename(name, path.extname(name)),
        options: {
          full,
          betweenMarks: false,
          ...(kernel === undefined ? {} : { kernel }),
          ...(skip === undefined ? {} : { skip }),
          ...(count === undefined ? {} : { count }),
        },
        prepare: (toolkit, device) =>
          prepareProgram({ source, toolkit, gpu: options.settings.run.gpu }, device, context),
      });
    }
    const planned = await withPlannedKernel(name, wish.kernel, options, async ({ source, plan }) => {
      const answer = await profile(session, context, {
        name: plan.kernel,
        options: { full, betweenMarks: true },
        prepare: (toolkit, device) => prepareKernel({ source, plan, toolkit }, device, 1, context),
      });
      return withFacts(session, answer, source, plan, options.signal);
    });
    return planned.status === 'planFailed' ? { status: 'failed', message: planned.message } : planned;
  }
}

export function profileText(
  { contents, path: report }: Extract<ProfileOutcome, { status: 'ok' }>,
  format: ProfileFormat,
): string {
  if (format === 'html') return htmlDocument(contents);
  if (format === 'json') {
    const kernels = contents.map((content) => JSON.parse(render(content, 'json').text) as unknown);
    return `${JSON.stringify({ status: 'ok', report, kernels }, null, 2)}\n`;
  }
  return contents.map((content) => render(content, format).text).join('\n');
}

export function profileFailureText({ message, steps = [], facts = [], output = '' }: ProfileFailure): string {
  const width = Math.max(0, ...facts.map(({ label }) => label.length));
  const lines = [
    message,
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    ...(facts.length === 0 ? [] : ['Known from the compiler:']),
    ...facts.map(({ label, value }) => `  ${label.padEnd(width)}  ${value}`),
  ];
  return `${lines.join('\n')}\n${output === '' ? '' : `${output.trimEnd()}\n`}`;
}
