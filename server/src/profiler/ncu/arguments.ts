/** How ncu is called. Pure. */

/** What answers the question: how fast, bound by what, where in the source; 36 passes of the kernel on an H100. */
const answeringSections = [
  'SpeedOfLight',
  'SpeedOfLight_RooflineChart',
  'LaunchStats',
  'Occupancy',
  'ComputeWorkloadAnalysis',
  'MemoryWorkloadAnalysis',
  'MemoryWorkloadAnalysis_Chart',
  'MemoryWorkloadAnalysis_Tables',
  'SchedulerStats',
  'WarpStateStats',
  'InstructionStats',
  'SourceCounters',
];

export interface CollectOptions {
  /** Path of the report without its `.ncu-rep`. */
  readonly report: string;
  readonly full: boolean;
  /** `base` locks the clocks to the base clock, as ncu does by itself; `none` leaves them as in an ordinary run. */
  readonly clocks: 'base' | 'none';
  /** Only what runs between cuProfilerStart and cuProfilerStop. */
  readonly betweenMarks: boolean;
  /** Kernels of this name only: with its namespaces, without template arguments. */
  readonly kernel?: string;
  readonly skip?: number;
  readonly count?: number;
}

/** Everything before the program and its arguments. */
export function collectArguments(options: CollectOptions): string[] {
  const { report, full, clocks, betweenMarks, kernel, skip, count } = options;
  return [
    ...['--export', report, '--force-overwrite', '--import-source', 'yes', '--target-processes', 'all'],
    ...['--clock-control', clocks],
    ...(full ? ['--set', 'full'] : answeringSections.flatMap((section) => ['--section', section])),
    ...(betweenMarks ? ['--profile-from-start', 'off'] : []),
    ...(kernel === undefined
      ? []
      : ['--kernel-name-base', 'demangled', '--kernel-name', `regex:${namePattern(kernel)}`]),
    ...(skip === undefined || skip === 0 ? [] : ['--launch-skip', String(skip)]),
    ...(count === undefined ? [] : ['--launch-count', String(count)]),
  ];
}

/** A demangled name: `void ns::scale<float>(float *, int)`. */
function namePattern(kernel: string): string {
  return `(^|[ :])${kernel.replace(/[^\w:]/g, '\\$&')}(<|\\()`;
}

export type Page = 'raw' | 'details' | 'source';

export function importArguments(report: string, page: Page): string[] {
  const args = ['--import', report, '--csv', '--page', page];
  // Left to itself ncu chooses one unit for a whole column, in which small launches lose their digits.
  if (page === 'source') return [...args, '--print-source', 'cuda,sass'];
  return page === 'raw' ? [...args, '--print-units', 'base', '--print-fp'] : args;
}
