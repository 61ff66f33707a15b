/** The page of a kernel: how it is launched, where each value comes from, and how its last run went. Pure. */
import type {
  ComparedBuffer,
  Fill,
  KernelRun,
  LaunchPlan,
  PlanAnswer,
  PlannedArgument,
  Provenance,
  RunFailure,
  RunResult,
} from '../../../protocol/src';
import { bandwidth, bytes, dimensions, duration, percent } from '../../../protocol/src/format';
import { memberRows } from '../../../protocol/src/plan-members';
import { count, type Localizer } from './format';
import { code, escape, heading, lineLink, list, output, table, timeOfDay } from './html';

export interface PlanPage {
  readonly kernel: string;
  readonly answer: PlanAnswer;
  readonly last?: { readonly result: RunResult; readonly at: Date };
}

/** The page's body. */
export function planPage(page: PlanPage, l10n: Localizer): string {
  const sections = [heading(1, page.kernel)];
  if ('plan' in page.answer) sections.push(...planSections(page.answer.plan, l10n));
  else sections.push(heading(2, l10n.t('Launch plan')), paragraph(escape(page.answer.message)));
  if (page.last) sections.push(...resultSections(page.last.result, page.last.at, l10n));
  else
    sections.push(
      heading(2, l10n.t('Last run')),
      paragraph(l10n.t('This kernel has not been run in this window yet.')),
    );
  return sections.join('\n');
}

function paragraph(html: string): string {
  return `<p>${html}</p>`;
}

function planSections(plan: LaunchPlan, l10n: Localizer): string[] {
  const from = (provenance: Provenance) => provenanceText(provenance, l10n);
  const threads = product(plan.grid) * product(plan.block);
  const rows = [
    [l10n.t('Grid'), short(`${dimensions(plan.grid)} ${l10n.t('blocks')}`), from(plan.provenance.grid)],
    [l10n.t('Block'), short(`${dimensions(plan.block)} ${l10n.t('threads')}`), from(plan.provenance.block)],
    [l10n.t('Dynamic shared memory'), bytes(plan.sharedBytes), from(plan.provenance.sharedBytes)],
  ];
  if (plan.templateArguments.length > 0) {
    const values = plan.templateArguments.map(code).join(', ');
    rows.push([l10n.t('Template arguments'), values, from(plan.provenance.templateArguments)]);
  }
  for (const { name, value, provenance } of plan.values ?? []) rows.push([code(name), String(value), from(provenance)]);
  const sections = [
    paragraph(l10n.t('Defined at {0}. One launch starts {1} threads.', lineText(plan.line, l10n), count(threads))),
    heading(2, l10n.t('Launch plan')),
    table(rows, ['', l10n.t('Value'), l10n.t('Origin')]),
  ];
  if (plan.arguments.length > 0) {
    const headings = [l10n.t('Argument'), l10n.t('Value'), l10n.t('Origin')];
    const argumentRows = plan.arguments.flatMap((argument) => argumentRowsOf(argument, l10n));
    sections.push(heading(3, l10n.t('Arguments')), table(argumentRows, headings));
  }
  const globals = plan.globals ?? [];
  if (globals.length > 0) {
    const headings = [l10n.t('Variable'), l10n.t('Value'), l10n.t('Origin')];
    const rows = globals.map((variable) => [
      named(variable.name, `${variable.space === 'constant' ? '__constant__' : '__device__'} ${variable.type}`),
      argumentText(variable, l10n),
      originText(variable, l10n),
    ]);
    sections.push(heading(3, l10n.t('Variables on the device')), table(rows, headings));
  }
  return sections;
}

/** On one line. */
function short(html: string): string {
  return `<span class="short">${html}</span>`;
}

function named(name: string, type: string): string {
  return `${code(name)} <span class="quiet">${escape(type)}</span>`;
}

function argumentText(argument: PlannedArgument, l10n: Localizer): string {
  switch (argument.kind) {
    case 'scalar':
      return code(argument.value);
    case 'opaque':
      return l10n.t('all bytes zero');
    case 'buffer': {
      const size = short(bytes(argument.count * argument.element.bytes));
      return [
        l10n.t('{0} elements ({1})', count(argument.count), size),
        ...(argument.offset === undefined ? [] : [l10n.t('passed from element {0} on', count(argument.offset))]),
        fillText(argument.fill, l10n),
        accessText(argument.access, l10n),
      ].join(' · ');
    }
    case 'pointers': {
      const size = short(bytes(argument.pointers * argument.count * argument.element.bytes));
      return [
        l10n.t('{0} pointers to {1} elements each ({2})', count(argument.pointers), count(argument.count), size),
        fillText(argument.fill, l10n),
        accessText(argument.access, l10n),
      ].join(' · ');
    }
    case 'struct': {
      const rest =
        argument.members.length === 0 ? l10n.t('all bytes zero') : l10n.t('zero where no member has a value');
      return `${bytes(argument.bytes)} · ${rest}`;
    }
  }
}

/** An argument, and a row of its own for each member of a structure. */
function argumentRowsOf(argument: PlannedArgument, l10n: Localizer): string[][] {
  const row = [named(argument.name, argument.type), argumentText(argument, l10n), originText(argument, l10n)];
  if (argument.kind !== 'struct') return [row];
  const member = (path: string, type = '') => named(`${argument.name}.${path}`, type);
  return [
    row,
    ...memberRows(argument.members).map(({ path, value }) => [
      member(path, value.type),
      argumentText(value, l10n),
      originText(value, l10n),
    ]),
    ...(argument.zero ?? []).map(({ path, why }) => [
      member(path),
      l10n.t('all bytes zero'),
      `<span class="quiet">${escape(why)}</span>`,
    ]),
  ];
}

function fillText(fill: Fill, l10n: Localizer): string {
  switch (fill.kind) {
    case 'constant':
      if (fill.value === 0) return l10n.t('filled with zeros');
      return fill.value === 1 ? l10n.t('filled with ones') : l10n.t('filled with {0}', String(fill.value));
    case 'ramp':
      return l10n.t('filled with 0, 1, 2, …');
    case 'random':
      return l10n.t('filled with random values in [{0}, {1})', String(fill.low), String(fill.high));
  }
}

function accessText(access: 'read' | 'write' | 'readwrite' | 'unknown', l10n: Localizer): string {
  switch (access) {
    case 'read':
      return l10n.t('read');
    case 'write':
      return l10n.t('written');
    case 'readwrite':
      return l10n.t('read and written');
    case 'unknown':
      return l10n.t('use not known');
  }
}

/** Where an argument's size or value comes from, and on a line of its own where its contents do. */
function originText(argument: PlannedArgument, l10n: Localizer): string {
  const origin = provenanceText(argument.provenance, l10n);
  const contents = 'fillProvenance' in argument ? argument.fillProvenance : undefined;
  if (contents === undefined) return origin;
  const why =
    contents.kind === 'default' ? `<span class="quiet">${escape(contents.why)}</span>` : provenanceText(contents, l10n);
  return `${origin}<br>${l10n.t('contents: {0}', why)}`;
}

/** Names that were set, where the launch or the allocation computes with them. */
function givenText(given: readonly string[] | undefined, l10n: Localizer): string {
  return given === undefined ? '' : ` ${l10n.t('with {0}', given.map(code).join(', '))}`;
}

function provenanceText(provenance: Provenance, l10n: Localizer): string {
  switch (provenance.kind) {
    case 'launchSite':
      return short(l10n.t('launch at {0}', hostLine(provenance, l10n))) + givenText(provenance.given, l10n);
    case 'allocation':
      return short(l10n.t('allocation at {0}', hostLine(provenance, l10n))) + givenText(provenance.given, l10n);
    case 'directive':
      return short(l10n.t('comment at {0}', lineText(provenance.line, l10n)));
    case 'request':
      return l10n.t('set for this run');
    case 'default':
      return `<span class="quiet">${l10n.t('default: {0}', escape(provenance.why))}</span>`;
  }
}

/** Links lead into the kernel's own file; a line of another one is named. */
function hostLine({ file, line }: Extract<Provenance, { kind: 'launchSite' | 'allocation' }>, l10n: Localizer): string {
  if (file === undefined) return lineText(line, l10n);
  return `${code(file.split(/[\\/]/).at(-1) ?? file)}, ${l10n.t('line {0}', line)}`;
}

function lineText(line: number, l10n: Localizer): string {
  return lineLink(l10n.t('line {0}', line), line);
}

function resultSections(result: RunResult, at: Date, l10n: Localizer): string[] {
  const title = `<h2>${escape(l10n.t('Last run'))} · ${timeOfDay(at)}</h2>`;
  return result.status === 'ok' ? [title, ...successSections(result, l10n)] : [title, ...failureSections(result, l10n)];
}

function successSections(run: KernelRun, l10n: Localizer): string[] {
  const { time, device } = run;
  const rows = [
    [l10n.t('Device'), escape(device.kind === 'gpu' ? device.name : `CPU · ${device.name}`)],
    [l10n.t('Median'), `<b>${duration(time.median)}</b> ±${percent(time.relativeError)}`],
    [l10n.t('Minimum'), duration(time.min)],
    [l10n.t('Maximum'), duration(time.max)],
    [l10n.t('Mean'), duration(time.mean)],
    [l10n.t('Standard deviation'), duration(time.stdev)],
    [l10n.t('Samples'), count(time.samples)],
  ];
  if (device.kind === 'gpu') {
    rows.push([l10n.t('L2 cache before each sample'), time.coldCache ? l10n.t('flushed') : l10n.t('warm')]);
  }
  if (run.throughput) {
    const { bytes: moved, bytesPerSecond: rate, ofPeak } = run.throughput;
    const peak = ofPeak === undefined ? '' : ` · ${l10n.t('{0} of peak', percent(ofPeak))}`;
    rows.push([l10n.t('Throughput'), `${bandwidth(rate)}${peak} · ${l10n.t('{0} moved', bytes(moved))}`]);
  }
  if (run.resources) {
    const { registersPerThread, staticSharedBytes, localBytesPerThread, constantBytes } = run.resources;
    rows.push(
      [l10n.t('Registers per thread'), count(registersPerThread)],
      [l10n.t('Static shared memory'), bytes(staticSharedBytes)],
      [l10n.t('Local memory per thread'), bytes(localBytesPerThread)],
      [l10n.t('Constant memory'), bytes(constantBytes)],
    );
  }
  if (run.occupancy) {
    const { ratio, warpsPerMultiprocessor, maxWarpsPerMultiprocessor, blocksPerMultiprocessor, limiter } =
      run.occupancy;
    rows.push(
      [
        l10n.t('Occupancy'),
        l10n.t(
          '{0} · {1} of {2} warps per SM, {3} blocks',
          percent(ratio),
          warpsPerMultiprocessor,
          maxWarpsPerMultiprocessor,
          blocksPerMultiprocessor,
        ),
      ],
      [l10n.t('Limited by'), limiterText(limiter, l10n)],
    );
  }
  rows.push([l10n.t('Build time'), duration(run.buildTime * 1000)]);
  const sections = [...answerSections(run, l10n), table(rows)];
  if (run.notes.length > 0) sections.push(list(run.notes.map(escape)));
  if (run.output) sections.push(heading(3, l10n.t('Output')), output(run.output));
  return sections;
}

/** What is wrong with the results, or how far they are from what was expected. */
function answerSections({ findings = [], comparison }: KernelRun, l10n: Localizer): string[] {
  const sections = findings.map(({ message }) => `<p class="error">⚠ ${escape(message)}</p>`);
  if (comparison === undefined) return sections;
  if (comparison.status === 'notCompared') return [...sections, paragraph(escape(comparison.message))];
  const verdict = `${comparison.passed ? '✓' : '✗'} ${escape(comparison.message)}`;
  sections.push(comparison.passed ? paragraph(verdict) : `<p class="error">${verdict}</p>`);
  const headings = [
    l10n.t('Buffer'),
    l10n.t('Differing'),
    l10n.t('Largest error'),
    l10n.t('Absolute'),
    l10n.t('Relative'),
  ];
  const at = (place: ComparedBuffer['absolute']) =>
    place === undefined ? '0' : `${place.value.toPrecision(3)} · ${code(place.element)}`;
  const rows = comparison.buffers.map((buffer) => [
    code(buffer.name),
    differingText(buffer, l10n),
    buffer.error === 0 ? '0' : buffer.error.toPrecision(3),
    at(buffer.absolute),
    at(buffer.relative),
  ]);
  return [...sections, table(rows, headings)];
}

function differingText({ differing, scalars, nanGot, nanExpected }: ComparedBuffer, l10n: Localizer): string {
  const text = l10n.t('{0} of {1}', count(differing), count(scalars));
  if (nanGot + nanExpected === 0) return text;
  return `${text} · ${l10n.t('NaN: {0} got, {1} expected', count(nanGot), count(nanExpected))}`;
}

function limiterText(limiter: 'registers' | 'sharedMemory' | 'blocks' | 'warps', l10n: Localizer): string {
  switch (limiter) {
    case 'registers':
      return l10n.t('registers');
    case 'sharedMemory':
      return l10n.t('shared memory');
    case 'blocks':
      return l10n.t('blocks per SM');
    case 'warps':
      return l10n.t('warps per SM');
  }
}

function failureSections(failure: RunFailure, l10n: Localizer): string[] {
  const sections = [`<p class="error">${escape(failure.message)}</p>`];
  if (failure.status === 'kernelFaulted') {
    const facts = [];
    if (failure.location) facts.push(lineText(failure.location.line, l10n));
    if (failure.block) facts.push(l10n.t('block ({0})', failure.block.join(', ')));
    if (failure.thread) facts.push(l10n.t('thread ({0})', failure.thread.join(', ')));
    if (facts.length > 0) sections.push(paragraph(facts.join(' · ')));
  }
  if (failure.output) sections.push(heading(3, l10n.t('Output')), output(failure.output));
  return sections;
}

function product([x, y, z]: readonly [number, number, number]): number {
  return x * y * z;
}
