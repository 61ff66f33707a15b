/** `Sanitize Kernel` and `Sanitize Program`: what compute-sanitizer finds becomes problems at their lines. */
import type { CancellationToken, Diagnostic } from 'vscode-languageserver';
import type {
  SanitizeKernelParams,
  SanitizeProgramParams,
  SanitizeResult,
  SanitizerFinding,
} from '../../../protocol/src/sanitize';
import { sanitizerToDiagnostic } from '../convert';
import { uriOf, type OpenDocument } from '../documents';
import { sanitizeKernel, sanitizeOnCpu, sanitizeProgram } from '../profiler/sanitizer';
import { chooseDevice } from '../runner';
import type { Session } from '../session';
import { contextFor, ifTrusted, openDocument, planFor, sourceOf, type RunOutput } from './run';

/** The findings shown now, each by what was sanitized; those of a file go with its next edit. */
export class SanitizerFindings {
  readonly #bySubject = new Map<string, readonly SanitizerFinding[]>();

  constructor(
    private readonly session: Session,
    private readonly publish: (uris: readonly string[]) => void,
  ) {}

  /** Replaces what an earlier run of the same kernel or program found. */
  set(subject: string, findings: readonly SanitizerFinding[]): void {
    const before = this.#bySubject.get(subject) ?? [];
    this.#bySubject.set(subject, findings);
    this.publish(this.#urisOf([...before, ...findings]));
  }

  /** To be called before the problems of the file are published anew. */
  edited(file: string): void {
    for (const [subject, findings] of this.#bySubject) {
      const kept = findings.filter(({ location }) => location?.file !== file);
      if (kept.length < findings.length) this.#bySubject.set(subject, kept);
    }
  }

  of(uri: string): Diagnostic[] {
    const document = this.session.document(uri);
    return [...this.#bySubject.values()]
      .flat()
      .filter(({ location }) => location !== undefined && this.#uriOf(location.file) === uri)
      .map((finding) => sanitizerToDiagnostic(document, finding, (file) => this.#uriOf(file)));
  }

  #urisOf(findings: readonly SanitizerFinding[]): string[] {
    return findings.flatMap(({ location }) => (location === undefined ? [] : [this.#uriOf(location.file)]));
  }

  #uriOf(file: string): string {
    return this.session.documentOf(file)?.uri ?? uriOf(file);
  }
}

export async function sanitizeKernelHandler(
  session: Session,
  output: RunOutput,
  findings: SanitizerFindings,
  params: SanitizeKernelParams,
  token: CancellationToken,
): Promise<SanitizeResult> {
  const document = openDocument(session, params.uri);
  return shown(document, findings, `${params.uri} ${params.kernel}`, () =>
    ifTrusted(session, async (): Promise<SanitizeResult> => {
      const answer = planFor(session, document, params.kernel, params.set);
      if (!('plan' in answer)) return { status: 'planFailed', message: answer.message };
      const source = await sourceOf(session, document.file, document.content);
      const context = contextFor(session, output, params, token);
      const toolkit = await toolkitOf(session);
      const { device, gpu, cppCompiler } = session.settings.run;
      const place = await chooseDevice({ device, toolkit });
      if (place.kind === 'none') return { status: 'noDevice', message: place.why, plan: answer.plan };
      if (place.kind === 'cpu') return sanitizeOnCpu({ source, plan: answer.plan, compiler: cppCompiler }, context);
      return sanitizeKernel({ source, plan: answer.plan, toolkit: place.toolkit, gpu }, params.tools, context);
    }),
  );
}

export async function sanitizeProgramHandler(
  session: Session,
  output: RunOutput,
  findings: SanitizerFindings,
  params: SanitizeProgramParams,
  token: CancellationToken,
): Promise<SanitizeResult> {
  const document = openDocument(session, params.uri);
  return shown(document, findings, params.uri, () =>
    ifTrusted(session, async (): Promise<SanitizeResult> => {
      const source = await sourceOf(session, document.file, document.content);
      const context = contextFor(session, output, params, token);
      const toolkit = await toolkitOf(session);
      const place = await chooseDevice({ device: 'gpu', toolkit });
      if (place.kind !== 'gpu') return { status: 'noDevice', message: place.kind === 'none' ? place.why : '' };
      const { gpu } = session.settings.run;
      const { tools, launch } = params;
      const request = { source, toolkit: place.toolkit, gpu, ...(launch && { launch }) };
      return sanitizeProgram(request, tools, context);
    }),
  );
}

async function toolkitOf(session: Session) {
  const search = await session.toolkit();
  return search.found ? search.toolkit : undefined;
}

/** Findings about a text that has been edited meanwhile are answered but not shown. */
async function shown(
  document: OpenDocument,
  findings: SanitizerFindings,
  subject: string,
  run: () => Promise<SanitizeResult>,
): Promise<SanitizeResult> {
  const { version } = document;
  findings.set(subject, []);
  const result = await run();
  if (result.status !== 'ok') return result;
  const current = document.version === version;
  findings.set(
    subject,
    result.findings.filter(({ location }) => current || location?.file !== document.file),
  );
  return result;
}
