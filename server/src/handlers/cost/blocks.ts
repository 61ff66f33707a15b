/** The blocks that a kernel's static cost is told for: those that a run would launch. */
import { launchedBlocks, type BlockShape, type Kernel } from '../../analysis';
import { candidatesOf, chooseLaunch, planLaunch, plannedKernel, type PlanRequest } from '../../runner';

/** A directive and a chosen launch come before what the launches of the file say; none where nothing tells. */
export function blocksOf(request: PlanRequest, kernel: Kernel): BlockShape[] {
  const { model, text, launch } = request;
  const launched = launchedBlocks(model, kernel);
  const planned = launch !== undefined || text.includes('kernel-lens:');
  if (!planned || plannedKernel(model, kernel.name) !== kernel) return launched;
  const candidates = candidatesOf(model, kernel);
  const all = launch === undefined && candidates.length > 0 && !statesLaunch(request, kernel);
  const requests = all ? candidates.map((_, index) => ({ ...request, launch: index })) : [request];
  const shapes = new Map<string, BlockShape>();
  for (const each of requests.flatMap((one) => variationsOf(one, kernel))) {
    const plan = planLaunch(each);
    // A block that the plan assumes is no better than the one that the cost assumes, and says so.
    if ('message' in plan || plan.provenance.block.kind === 'default') continue;
    const [x, y, z] = plan.block;
    const unknown = plan.provenance.sharedBytes.kind === 'default' && kernel.shared.some(({ dynamic }) => dynamic);
    const shape = { threads: x * y * z, dynamicShared: unknown ? undefined : plan.sharedBytes };
    shapes.set(`${shape.threads} ${shape.dynamicShared}`, shape);
  }
  return shapes.size > 0 ? [...shapes.values()].sort((a, b) => a.threads - b.threads) : launched;
}

function statesLaunch(request: PlanRequest, kernel: Kernel): boolean {
  return isReserved(kernel, 'launch') && settled(request, kernel)?.settings.has('launch') === true;
}

/** A request for each block of `block=64|128`. */
function variationsOf(request: PlanRequest, kernel: Kernel): PlanRequest[] {
  const variation = settled(request, kernel)?.variations.find(
    ({ name }) => name === 'blockDim' || (name === 'block' && isReserved(kernel, name)),
  );
  if (variation === undefined) return [request];
  return variation.values.map((value) => ({
    ...request,
    overrides: new Map([...(request.overrides ?? []), [variation.name, value]]),
  }));
}

/** Nothing where the directives name a launch that is not there: the plan says so. */
function settled(request: PlanRequest, kernel: Kernel) {
  try {
    return chooseLaunch(request, kernel).directive;
  } catch {
    return undefined;
  }
}

/** A parameter of that name is the parameter. */
function isReserved({ parameters }: Kernel, name: string): boolean {
  return parameters.every((parameter) => parameter.name !== name);
}
