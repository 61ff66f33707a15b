/** What flowed between the parts of the memory system. Pure. */
import type { MemoryChart, MemoryLink, MemoryNode } from '../../../../protocol/src/profile';
import type { KernelMetrics } from './raw';

const sectorBytes = 32;

/** Undefined where the report has no memory tables. */
export function memoryChartOf(metrics: KernelMetrics): MemoryChart | undefined {
  const number = (name: string) => metrics.number(name);
  const links: MemoryLink[] = [];
  const link = (from: MemoryNode, to: MemoryNode, unit: MemoryLink['unit'], amount: number | undefined) => {
    if (amount !== undefined && amount > 0) links.push({ from, to, unit, amount });
  };
  const requests = (space: string, op: string) => number(`l1tex__t_requests_pipe_lsu_mem_${space}_op_${op}.sum`);
  const sum = (...values: (number | undefined)[]) =>
    values.every((value) => value === undefined)
      ? undefined
      : values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const bytes = (sectors: number | undefined) => (sectors === undefined ? undefined : sectors * sectorBytes);

  link('kernel', 'l1', 'requests', sum(requests('global', 'st'), requests('global', 'red'), requests('local', 'st')));
  link('l1', 'kernel', 'requests', sum(requests('global', 'ld'), requests('global', 'atom'), requests('local', 'ld')));
  link('kernel', 'shared', 'requests', number('smsp__sass_inst_executed_op_shared_st.sum'));
  link('shared', 'kernel', 'requests', number('smsp__sass_inst_executed_op_shared_ld.sum'));
  link(
    'l1',
    'l2',
    'bytes',
    number('l1tex__m_l1tex2xbar_write_bytes.sum') ?? bytes(number('lts__t_sectors_op_write.sum')),
  );
  link(
    'l2',
    'l1',
    'bytes',
    number('l1tex__m_xbar2l1tex_read_bytes.sum') ?? bytes(number('lts__t_sectors_op_read.sum')),
  );
  link('dram', 'l2', 'bytes', number('dram__bytes_read.sum'));
  link('l2', 'dram', 'bytes', number('dram__bytes_write.sum'));
  if (links.length === 0) return undefined;

  const peak = (metric: string) => number(`${metric}.pct_of_peak_sustained_elapsed`);
  const units: MemoryChart['units'] = [
    unit('l1', peak('l1tex__throughput.avg'), number('l1tex__t_sector_hit_rate.pct')),
    unit('shared', peak('l1tex__data_pipe_lsu_wavefronts_mem_shared.sum'), undefined),
    unit('l2', peak('lts__throughput.avg'), number('lts__t_sector_hit_rate.pct')),
    unit('dram', peak('gpu__dram_throughput.avg'), undefined),
  ];
  return { units, links };
}

function unit(
  name: MemoryChart['units'][number]['unit'],
  percent: number | undefined,
  hitRate: number | undefined,
): MemoryChart['units'][number] {
  return {
    unit: name,
    ...(percent === undefined ? {} : { percent }),
    ...(hitRate === undefined ? {} : { hitRate }),
  };
}
