/** `kernel-lens tune` and `kernel-lens run --sweep`: configurations and sizes, without an editor. */
import path from 'node:path';
import {
  bandwidth,
  dimensions,
  duration,
  percent,
  type Configuration,
  type SweepAnswer,
  type TuneAnswer,
  type TunedValue,
} from '../../../protocol/src';
import { buildModel } from '../analysis';
import { sweepKernel, tuneKernel, type Subject } from '../handlers/tune';
import type { Session } from '../session';
import { chooseKernel } from './kernel-choice';
import { contextFor, type RunOptions } from './run';
import { terminalSession } from './session';
import { readSource } from './read-source';

export function tuneOfFile(name: string, kernel: string | undefined, options: RunOptions): Promise<TuneAnswer> {
  return withSubject(name, kernel, options, async (session, subject) =>
    tuneKernel(session, subject, contextFor(options), ({ done, total }) =>
      options.onProgress(`${done} of ${total} configurations`),
    ),
  );
}

/** `range`: `N` and `1<<16..1<<26`; undefined: the range of the directive. */
export function sweepOfFile(
  name: string,
  kernel: string | undefined,
  range: TunedValue | undefined,
  options: RunOptions,
): Promise<SweepAnswer> {
  return withSubject(name, kernel, options, async (session, subject) =>
    sweepKernel(session, subject, range, options.overrides ?? new Map(), contextFor(options), () => undefined),
  );
}

async function withSubject<Answer>(
  name: string,
  kernel: string | undefined,
  options: RunOptions,
  goOn: (session: Session, subject: Subject) => Promise<Answer>,
): Promise<Answer | { readonly status: 'planFailed'; readonly message: string }> {
  const file = path.resolve(name);
  const text = await readSource(file);
  const session = terminalSession(options.parser, options.settings);
  const parsed = options.parser.parse(text);
  try {
    const imports = await session.importsOf(file, parsed);
    const model = buildModel(parsed, imports);
    const chosen = chooseKernel(model, kernel);
    if ('message' in chosen) return { status: 'planFailed', message: chosen.message };
    const choice = { ...chosen.choice, elsewhere: await session.launchSites.of(file, model) };
    return await goOn(session, { file, text, imports, ...chosen, choice, device: options.settings.run.device });
  } finally {
    parsed.dispose();
  }
}

export function tuneText(answer: TuneAnswer): string {
  if (answer.status !== 'ok') return `${answer.status}: ${answer.message}\n`;
  const { configurations, best, device, verdict, kernel } = answer;
  const names = new Map(configurations.map((configuration) => [configuration, valuesText(configuration)]));
  const width = Math.max(...[...names.values()].map(({ length }) => length));
  const lines = [...configurations]
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map((configuration) => {
      const { index, current, outcome, launch } = configuration;
      const mark = index === best ? '*' : current ? '=' : ' ';
      const name = (names.get(configuration) ?? '').padEnd(width);
      if ('reason' in outcome) return `${mark} ${name}  ${outcome.state}: ${outcome.reason}`;
      if (outcome.state === 'waiting') return `${mark} ${name}  not measured`;
      const { time, change, throughput } = outcome;
      const parts = [
        `${duration(time.median)} ±${percent(time.relativeError)}`,
        ...(change === undefined || current ? [] : [`${(100 * (change.ratio - 1)).toFixed(1)} % (${change.kind})`]),
        ...(throughput === undefined ? [] : [bandwidth(throughput.bytesPerSecond)]),
        ...(launch === undefined ? [] : [`${dimensions(launch.grid)} × (${dimensions(launch.block)})`]),
      ];
      return `${mark} ${name}  ${parts.join('  ')}`;
    });
  return `${kernel} on ${device.name}\n${lines.join('\n')}\n${verdict} (= the present configuration, * the best)\n`;
}

export function sweepText(answer: SweepAnswer): string {
  if (answer.status !== 'ok') return `${answer.status}: ${answer.message}\n`;
  const { kernel, device, name, points } = answer;
  const width = Math.max(...points.map(({ value }) => value.length));
  const lines = points.map(({ value, outcome }) => {
    const size = `  ${name} = ${value.padStart(width)}`;
    if (outcome.state === 'failed') return `${size}  failed: ${outcome.reason}`;
    if (outcome.state === 'waiting') return `${size}  not measured`;
    const { time, throughput } = outcome;
    const rate = throughput === undefined ? '' : `  ${bandwidth(throughput.bytesPerSecond)}`;
    const share = throughput?.ofPeak === undefined ? '' : ` (${percent(throughput.ofPeak)} of peak)`;
    return `${size}  ${duration(time.median)} ±${percent(time.relativeError)}${rate}${share}`;
  });
  const where = device.kind === 'cpu' ? ` (CPU: says nothing about a GPU)` : '';
  return `${kernel} on ${device.name}${where}\n${lines.join('\n')}\n`;
}

function timeOf({ outcome }: Configuration): number {
  return outcome.state === 'measured' ? outcome.time.median : Infinity;
}

function valuesText({ values }: Configuration): string {
  return values.map(({ name, value }) => `${name} = ${value}`).join(', ');
}
