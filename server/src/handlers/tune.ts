/** Tuning and sweeping for the editor and the terminal: plans, one measurement after another, and the edits of a choice. */
import * as l10n from '@vscode/l10n';
import type { CancellationToken } from 'vscode-languageserver';
import type {
  ApplyConfigurationAnswer,
  ApplyConfigurationParams,
  LaunchPlan,
  RunResult,
  SweepAnswer,
  SweepParams,
  SweepPoint,
  SweepProgress,
  TuneAnswer,
  TuneParams,
  TuneProgress,
  TunedValue,
} from '../../../protocol/src';
import { buildModel, type Imports } from '../analysis';
import { chooseDevice, runKernel, type RunContext } from '../runner';
import type { Session } from '../session';
import { applicationOf, sweepOf, trialsOf, tune, type TuningSource } from '../tuning';
import { choiceOf } from './chosen-launch';
import { contextFor, ifTrusted, openDocument, sourceOf, type RunOutput } from './run';

export interface TuneOutput extends RunOutput {
  tuneProgress(progress: TuneProgress): void;
  sweepProgress(progress: SweepProgress): void;
}

/** A kernel of a text, open in an editor or read from a file. */
export interface Subject {
  readonly file: string;
  readonly text: string;
  readonly imports: Imports | undefined;
  readonly kernel: string;
  readonly device: 'auto' | 'gpu' | 'cpu';
  /** The launch, and the instantiation, that were chosen for it. */
  readonly choice?: TuningSource['choice'];
}

export async function tuneHandler(
  session: Session,
  output: TuneOutput,
  params: TuneParams,
  token: CancellationToken,
): Promise<TuneAnswer> {
  const context = contextFor(session, output, params, token);
  const { uri, kernel } = params;
  return ifTrusted(session, () =>
    tuneKernel(session, subjectOf(session, params), context, (progress) =>
      output.tuneProgress({ uri, kernel, ...progress }),
    ),
  );
}

export async function tuneKernel(
  session: Session,
  subject: Subject,
  context: RunContext,
  onProgress: (progress: Omit<TuneProgress, 'uri' | 'kernel'>) => void,
): Promise<TuneAnswer> {
  const search = await session.toolkit();
  const toolkit = search.found ? search.toolkit : undefined;
  const place = await chooseDevice({ device: subject.device, toolkit });
  if (place.kind !== 'gpu') {
    const message =
      place.kind === 'cpu'
        ? l10n.t('Tuning needs an NVIDIA GPU: which block is fastest on a processor says nothing about a GPU.')
        : place.why;
    return { status: 'noDevice', message };
  }
  const found = trialsOf(await tuningSource(session, subject));
  if ('message' in found) return { status: 'planFailed', message: found.message };
  const answer = await tune(found, {
    run: (plan, text, budgetMs) => measure(session, subject, context, plan, text, budgetMs),
    noise: ({ device, time }) => session.runs.noise(device, time.median).relative,
    progress: (configurations, done) => onProgress({ configurations, done, total: configurations.length }),
    signal: context.signal,
  });
  if (answer.status === 'ok' && !('configurations' in answer)) throw new Error('tuning answered with a single run');
  return answer;
}

export async function applyConfigurationHandler(
  session: Session,
  params: ApplyConfigurationParams,
): Promise<ApplyConfigurationAnswer> {
  const document = openDocument(session, params.uri);
  const { version } = document;
  const source = await tuningSource(session, subjectOf(session, params));
  const application = applicationOf(source, params.values);
  if (!('edits' in application)) return application;
  const edits = application.edits.map(({ span, newText }) => ({
    range: { start: document.positionAt(span.start), end: document.positionAt(span.end) },
    newText,
  }));
  return { edits, version, message: application.message };
}

export async function sweepHandler(
  session: Session,
  output: TuneOutput,
  params: SweepParams,
  token: CancellationToken,
): Promise<SweepAnswer> {
  const context = contextFor(session, output, params, token);
  const { uri, kernel } = params;
  return ifTrusted(session, () =>
    sweepKernel(session, subjectOf(session, params), params.range, new Map(), context, (name, points) =>
      output.sweepProgress({ uri, kernel, name, points }),
    ),
  );
}

export async function sweepKernel(
  session: Session,
  subject: Subject,
  range: TunedValue | undefined,
  overrides: ReadonlyMap<string, string>,
  context: RunContext,
  onProgress: (name: string, points: readonly SweepPoint[]) => void,
): Promise<SweepAnswer> {
  const parsed = session.parser.parse(subject.text);
  let found: ReturnType<typeof sweepOf>;
  try {
    const model = buildModel(parsed, subject.imports);
    const { text, file, kernel, choice } = subject;
    const defaults = { elements: session.settings.run.elements };
    const values = new Map([...(choice?.overrides ?? []), ...overrides]);
    found = sweepOf({ model, text, file, kernel, defaults, ...choice, overrides: values }, range);
  } finally {
    parsed.dispose();
  }
  if ('message' in found) return { status: 'planFailed', message: found.message };
  if ('names' in found) {
    const message = l10n.t(
      'The directive of {0} names no range of sizes: write `// kernel-lens: N=1<<16..1<<26` above it.',
      subject.kernel,
    );
    return { status: 'noRange', message, names: found.names };
  }
  const points: SweepPoint[] = found.sizes.map(({ value }) => ({ value, outcome: { state: 'waiting' } }));
  let first: RunResult | undefined;
  for (const [index, { value, plan }] of found.sizes.entries()) {
    if (context.signal.aborted) break;
    onProgress(found.name, points);
    const result: RunResult =
      'message' in plan
        ? { status: 'planFailed', message: plan.message }
        : await measure(session, subject, context, plan, subject.text);
    if (result.status === 'cancelled') break;
    if (result.status === 'ok' || first === undefined) first = result;
    points[index] = { value, outcome: sweepOutcome(result) };
  }
  onProgress(found.name, points);
  // A kernel that does not build at one size builds at none.
  if (first === undefined) return { status: 'cancelled', message: l10n.t('Cancelled.') };
  if (first.status !== 'ok') return first;
  const { device } = first;
  return { status: 'ok', kernel: subject.kernel, device, name: found.name, points, cancelled: context.signal.aborted };
}

function sweepOutcome(result: RunResult): SweepPoint['outcome'] {
  if (result.status !== 'ok') return { state: 'failed', reason: result.message };
  const { time, throughput } = result;
  return { state: 'measured', time, ...(throughput && { throughput }) };
}

/** One of many runs: answers are not compared with the CPU's each time, which would take longer than all of them. */
async function measure(
  session: Session,
  { file, device }: Subject,
  context: RunContext,
  { check: _, ...plan }: LaunchPlan,
  text: string,
  budgetMs?: number,
): Promise<RunResult> {
  const search = await session.toolkit();
  const { run } = session.settings;
  return runKernel(
    {
      source: await sourceOf(session, file, text),
      plan,
      device,
      gpu: run.gpu,
      toolkit: search.found ? search.toolkit : undefined,
      coldCache: run.coldCache,
      compiler: run.cppCompiler,
      ...(budgetMs === undefined ? {} : { budgetMs }),
    },
    context,
  );
}

function subjectOf(session: Session, params: TuneParams): Subject {
  const document = openDocument(session, params.uri);
  const { file, content, imports, elsewhere } = document;
  const { kernel, device = session.settings.run.device } = params;
  const choice = { ...choiceOf(session, document, kernel), elsewhere };
  return { file, text: content, imports, kernel, device, choice };
}

async function tuningSource(session: Session, { file, text, imports, kernel, choice }: Subject): Promise<TuningSource> {
  const target = await session.target(file);
  const { elements } = session.settings.run;
  return { parser: session.parser, imports, text, file, kernel, elements, target, ...(choice && { choice }) };
}
