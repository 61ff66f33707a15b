/** What ncu prints while it profiles, and why it could not. Pure. */

export interface Profiled {
  readonly kernel: string;
  /** Percent of the passes that are done. */
  readonly percent: number;
  readonly passes?: number;
}

/** Follows `==PROF== Profiling "sgemm" - 5: 0%....50%....100% - 38 passes`, which comes in pieces. */
export class ProgressReader {
  #text = '';

  /** The launch being profiled, after this piece of output. */
  add(text: string): Profiled | undefined {
    this.#text = (this.#text + text).slice(-4096);
    const line = this.#text
      .split('\n')
      .filter((candidate) => candidate.includes('==PROF== Profiling "'))
      .at(-1);
    const match = line === undefined ? null : /==PROF== Profiling "(.*?)"(?: - \d+)?(?: \(\d+\/\d+\))?:(.*)/.exec(line);
    if (match === null) return undefined;
    const progress = match[2] ?? '';
    const percent = Number(/(\d+)%(?!.*\d%)/.exec(progress)?.[1] ?? 0);
    const dots = /%(\.*)[^.%]*$/.exec(progress)?.[1]?.length ?? 0;
    const passes = / - (\d+) passes/.exec(progress)?.[1];
    return {
      kernel: match[1] ?? '',
      // Each dot is an eighth of the way.
      percent: Math.min(100, percent === 100 ? 100 : percent + 12.5 * dots),
      ...(passes === undefined ? {} : { passes: Number(passes) }),
    };
  }
}

export type CollectionProblem =
  | { readonly kind: 'noPermission' }
  /** With the names of those that could have been. */
  | { readonly kind: 'noKernel'; readonly available: readonly string[] }
  | { readonly kind: 'inUse' }
  | { readonly kind: 'driver' }
  | { readonly kind: 'other'; readonly message: string };

/** Undefined where nothing speaks of a problem. */
export function problemOf(output: string): CollectionProblem | undefined {
  if (/ERR_NVGPUCTRPERM/.test(output)) return { kind: 'noPermission' };
  if (/driver resource was unavailable/i.test(output)) return { kind: 'inUse' };
  if (/driver is not compatible|Cuda driver is not|failed to (initialize|find) .*driver/i.test(output)) {
    return { kind: 'driver' };
  }
  const error = /^==ERROR== (.+)$/m.exec(output)?.[1]?.trim();
  if (error !== undefined && !/^The application returned an error code/.test(error)) {
    return { kind: 'other', message: error };
  }
  if (/No kernels were profiled/.test(output)) return { kind: 'noKernel', available: availableKernels(output) };
  return error === undefined ? undefined : { kind: 'other', message: error };
}

/** The list that ncu prints when its filter matches nothing. */
function availableKernels(output: string): string[] {
  const list = /Available Kernels:\n((?:\d+\. .+\n?)*)/.exec(output)?.[1] ?? '';
  return [...list.matchAll(/^\d+\. (.+)$/gm)].map((match) => match[1] ?? '');
}

/** `==WARNING==` lines that say something about the figures. */
export function warningsOf(output: string): string[] {
  const lines = [...output.matchAll(/^==WARNING== (.+)$/gm)].map((match) => (match[1] ?? '').trim());
  return [...new Set(lines)].filter(
    (line) => !/unmodified GPU clocks|Unable to access the following|No kernels were profiled/.test(line),
  );
}

/** Takes the tool's own lines, which come in pieces, out of what the program prints; with the blank ones that end them. */
export class ProgramOutput {
  #line = '';
  #ofTool = false;

  constructor(private readonly onText: (text: string) => void) {}

  add(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#emit(`${line}\n`);
  }

  end(): void {
    if (this.#line !== '') this.#emit(this.#line);
    this.#line = '';
  }

  #emit(line: string): void {
    this.#ofTool = /^==(PROF|WARNING|ERROR)==/.test(line) || (this.#ofTool && line.trim() === '');
    if (!this.#ofTool) this.onText(line);
  }
}
