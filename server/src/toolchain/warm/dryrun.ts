/** Reads `nvcc --dryrun`: the commands nvcc would run, for doing one of them ahead of time. Pure. */

export interface DryrunStep {
  /** `gcc`, `cudafe++`, `cicc`, `ptxas`, … without its folder. */
  readonly program: string;
  /** As nvcc writes it, `$NAME` replaced. */
  readonly executable: string;
  readonly args: readonly string[];
}

/** Variables and steps, in the order nvcc prints them. */
export interface Dryrun {
  readonly variables: ReadonlyMap<string, string>;
  readonly steps: readonly DryrunStep[];
}

export function parseDryrun(output: string): Dryrun {
  const variables = new Map<string, string>();
  const steps: DryrunStep[] = [];
  for (const line of output.split(/\r?\n/)) {
    if (!line.startsWith('#$ ')) continue;
    const text = line.slice(3);
    const assignment = /^(\w+)=(.*)$/.exec(text);
    if (assignment?.[1] !== undefined && assignment[2] !== undefined) {
      variables.set(assignment[1], assignment[2].trim());
      continue;
    }
    const [executable, ...args] = splitWords(text, variables);
    if (executable === undefined) continue;
    const program = (executable.split(/[\\/]/).at(-1) ?? executable).replace(/\.exe$/i, '');
    steps.push({ program, executable, args });
  }
  return { variables, steps };
}

/** Splits as a POSIX shell would, double quotes and backslashes within them; nvcc writes no other quoting. */
export function splitWords(text: string, variables: ReadonlyMap<string, string> = new Map()): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (c === '\\' && quoted && /["\\$`]/.test(text[i + 1] ?? '')) {
      word = (word ?? '') + (text[++i] ?? '');
    } else if (c === '$' && /^\w+/.test(text.slice(i + 1))) {
      const name = /^\w+/.exec(text.slice(i + 1))?.[0] ?? '';
      word = (word ?? '') + (variables.get(name) ?? '');
      i += name.length;
    } else if (/\s/.test(c) && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + c;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
