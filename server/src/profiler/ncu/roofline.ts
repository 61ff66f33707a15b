/** The roofline model of a launch, with the formulas of Nsight Compute's own charts. Pure. */
import type { Precision, RooflineChart } from '../../../../protocol/src/profile';
import type { KernelMetrics } from './raw';

type Level = RooflineChart['ceilings'][number]['level'];

/** Share of the kernel's floating-point work below which a precision is left out. */
const worthDrawing = 0.01;

/** Undefined where the report has no floating-point counters, or the launch computed nothing in floating point. */
export function rooflineOf(metrics: KernelMetrics): RooflineChart | undefined {
  const number = (name: string) => metrics.number(name);
  const smHertz = number('sm__cycles_elapsed.avg.per_second') ?? number('smsp__cycles_elapsed.avg.per_second');
  const smspHertz = number('smsp__cycles_elapsed.avg.per_second') ?? smHertz;
  if (smHertz === undefined || smspHertz === undefined) return undefined;

  const peaks: { precision: Precision; flops: number }[] = [];
  const work: { precision: Precision; flops: number }[] = [];
  const add = (precision: Precision, fma: string, factor: number, ops: readonly [string, number][]) => {
    const peak = number(`sm__sass_thread_inst_executed_op_${fma}_pred_on.sum.peak_sustained`);
    const derived = number(`derived__sm__sass_thread_inst_executed_op_${fma}_pred_on_x${factor}`);
    const perCycle = derived ?? (peak === undefined ? undefined : peak * factor);
    if (perCycle !== undefined) peaks.push({ precision, flops: perCycle * smHertz });
    const done = ops.map(([op, flops]) => {
      const count = number(`smsp__sass_thread_inst_executed_op_${op}_pred_on.sum.per_cycle_elapsed`);
      return count === undefined ? undefined : count * flops;
    });
    if (done.every((value) => value === undefined)) return;
    work.push({ precision, flops: done.reduce<number>((sum, value) => sum + (value ?? 0), 0) * smspHertz });
  };
  add('fp32', 'ffma', 2, [
    ['fadd', 1],
    ['fmul', 1],
    ['ffma', 2],
  ]);
  add('fp64', 'dfma', 2, [
    ['dadd', 1],
    ['dmul', 1],
    ['dfma', 2],
  ]);
  // Half precision is computed in pairs.
  add('fp16', 'hfma', 4, [
    ['hadd', 2],
    ['hmul', 2],
    ['hfma', 4],
  ]);
  addTensor(metrics, peaks, work);

  const ceilings: { level: Level; bytesPerSecond: number }[] = [];
  const traffic: { level: Level; bytesPerSecond: number }[] = [];
  const addLevel = (level: Level, metric: string, hertz: number | undefined) => {
    const peak = number(`${metric}.sum.peak_sustained`);
    const achieved = number(`${metric}.sum.per_second`);
    if (peak !== undefined && hertz !== undefined) ceilings.push({ level, bytesPerSecond: peak * hertz });
    if (achieved !== undefined && achieved > 0) traffic.push({ level, bytesPerSecond: achieved });
  };
  addLevel('dram', 'dram__bytes', number('dram__cycles_elapsed.avg.per_second'));
  addLevel('l2', 'derived__lts__lts2xbar_bytes', number('lts__cycles_elapsed.avg.per_second'));
  addLevel('l1', 'derived__l1tex__lsu_writeback_bytes_mem_lgds', number('l1tex__cycles_elapsed.avg.per_second'));

  // Compilers also move constants by instructions of half precision: that is no arithmetic of the kernel.
  const most = Math.max(...work.map(({ flops }) => flops));
  const points = work
    .filter(({ flops }) => flops > worthDrawing * most)
    .flatMap(({ precision, flops }) =>
      traffic.map(({ level, bytesPerSecond }) => ({ precision, level, intensity: flops / bytesPerSecond, flops })),
    );
  if (peaks.length === 0 || ceilings.length === 0) return undefined;
  // Ceilings of precisions that the launch does not use would only crowd the chart.
  const used = new Set(points.map(({ precision }) => precision));
  const shown = used.size === 0 ? new Set<Precision>(['fp32']) : used;
  return { peaks: peaks.filter(({ precision }) => shown.has(precision)), ceilings, points };
}

/** All tensor operations together, against the peak of the type that did the most. */
function addTensor(
  metrics: KernelMetrics,
  peaks: { precision: Precision; flops: number }[],
  work: { precision: Precision; flops: number }[],
): void {
  const names = metrics.names(/^sm__ops_path_tensor_src_\w+\.sum\.per_second$/);
  const done = names
    .map((name) => ({ name, flops: metrics.number(name) ?? 0 }))
    .filter(({ flops }) => flops > 0)
    .sort((a, b) => b.flops - a.flops);
  const [most] = done;
  if (most === undefined) return;
  const peak = metrics.number(most.name.replace('.per_second', '.peak_sustained_elapsed.per_second'));
  if (peak === undefined) return;
  peaks.push({ precision: 'tensor', flops: peak });
  work.push({ precision: 'tensor', flops: most.flops });
}
