/** The pages of one report put together, launch by launch. Pure. */
import type { KernelProfile } from '../../../../protocol/src/profile';
import { parseDetails } from './details';
import { figuresOf, stallsOf } from './figures';
import { memoryChartOf } from './memory';
import { parseRaw } from './raw';
import { rooflineOf } from './roofline';
import { adviceOf } from './rules';
import { parseSource, type KernelLines } from './source';
import { verdictOf } from './verdict';

export interface ReportPages {
  readonly raw: string;
  readonly details: string;
  /** Empty where the report has no source counters. */
  readonly source: string;
}

export function profilesOf({ raw, details, source }: ReportPages): KernelProfile[] {
  const pages = new Map(parseDetails(details).map((page) => [page.id, page]));
  const metrics = parseRaw(raw);
  const costs = assign(metrics, parseSource(source));
  return metrics.map((kernel, index) => {
    const figures = figuresOf(kernel);
    const stalls = stallsOf(kernel);
    const lines = costs[index]?.lines ?? [];
    const page = pages.get(kernel.id);
    const device = kernel.text('device__attribute_display_name');
    const roofline = rooflineOf(kernel);
    const memory = memoryChartOf(kernel);
    return {
      id: kernel.id,
      name: kernel.name,
      kernel: shortName(kernel.name),
      ...(device === undefined ? {} : { device }),
      computeCapability: kernel.computeCapability,
      process: kernel.process,
      grid: kernel.grid,
      block: kernel.block,
      figures,
      verdict: verdictOf(figures, stalls, kernel),
      stalls,
      advice: adviceOf(page?.rules ?? [], lines),
      ...(roofline === undefined ? {} : { roofline }),
      ...(memory === undefined ? {} : { memory }),
      sections: page?.sections ?? [],
      lines,
      sampled: costs[index]?.samples ?? 0,
    };
  });
}

/** Source tables carry names, no numbers: they follow the order of the launches, some of which may have none. */
function assign(
  kernels: readonly { readonly name: string }[],
  tables: readonly KernelLines[],
): (KernelLines | undefined)[] {
  let next = 0;
  return kernels.map(({ name }) => {
    const table = tables[next];
    if (table === undefined || table.name !== name) return undefined;
    next++;
    return table;
  });
}

/** `void ns::scale<float, 4>(float *, int)` → `ns::scale` */
export function shortName(name: string): string {
  let depth = 0;
  let text = '';
  for (const char of name.replaceAll('(anonymous namespace)', anonymous)) {
    if (char === '<') depth++;
    else if (char === '>') depth--;
    else if (depth === 0 && char === '(') break;
    else if (depth === 0) text += char;
  }
  const short = text.trim().split(/\s+/).at(-1) ?? name;
  return short.replaceAll(anonymous, '(anonymous namespace)');
}

/** Stands for the only name that has brackets and a space. */
const anonymous = '\u0001';
