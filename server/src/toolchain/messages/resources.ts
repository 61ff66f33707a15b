/** What `ptxas -v` tells of each kernel. Pure. */

/** One instantiation of a kernel for one architecture. */
export interface ResourceUsage {
  /** Mangled. */
  readonly symbol: string;
  /** `sm_90` */
  readonly architecture: string;
  readonly registers: number;
  /** Bytes from here on. */
  readonly staticShared: number;
  readonly stack: number;
  readonly spillStores: number;
  readonly spillLoads: number;
}

const entry = /Compiling entry function '([^']+)' for '(\w+)'/;
const properties = /Function properties for (\S+)/;
const spills = /(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/;
const used = /Used (\d+) registers(.*)$/;
/** ptxas lists static shared memory as `4096 bytes smem`, toolkits before 12 as `4096+0 bytes smem` where some is the driver's. */
const shared = /(\d+)(?:\+\d+)? bytes smem/;

export function parseResourceUsage(output: string): ResourceUsage[] {
  const kernels: ResourceUsage[] = [];
  let current: { symbol: string; architecture: string } | undefined;
  /** Device functions that are not inlined have properties of their own, between the kernel's and its registers. */
  let own = false;
  let frame = { stack: 0, spillStores: 0, spillLoads: 0 };
  for (const line of output.split(/\r?\n/)) {
    const [, symbol, architecture] = entry.exec(line) ?? [];
    if (symbol !== undefined && architecture !== undefined) {
      current = { symbol, architecture };
      frame = { stack: 0, spillStores: 0, spillLoads: 0 };
      continue;
    }
    if (current === undefined) continue;
    const named = properties.exec(line)?.[1];
    if (named !== undefined) own = named === current.symbol;
    const [, stack, stores, loads] = spills.exec(line) ?? [];
    if (own && stack !== undefined) {
      frame = { stack: Number(stack), spillStores: Number(stores), spillLoads: Number(loads) };
    }
    const [, registers, rest = ''] = used.exec(line) ?? [];
    if (registers === undefined) continue;
    kernels.push({
      ...current,
      registers: Number(registers),
      staticShared: Number(shared.exec(rest)?.[1] ?? 0),
      ...frame,
    });
    current = undefined;
  }
  return kernels;
}

/** Lines of `ptxas -v` that belong to no message. */
export function isResourceLine(line: string): boolean {
  return /^ptxas info\s*: /.test(line) || spills.test(line);
}
