/** FileModel → LaunchPlan: how to run one kernel once, every value with its origin. Pure. */
import type {
  Dim3,
  LaunchPlan,
  PlanFailure,
  PlannedArgument,
  Provenance,
  ScalarArgument,
} from '../../../../protocol/src';
import type { Dim3Value, Evaluated, FileModel, Kernel, Launch, Parameter } from '../../analysis/model/types';
import { KernelBody, type Values } from './body';
import { planBuffer } from './buffers';
import { isFloating, scalarOf } from './elements';
import { HostValues, type HostValue } from './host';
import { point, type Interval } from './interval';
import { assumedInteger, isExtent, type ProblemSize } from './scalars';
import { axesOf, defaultBlock, defaultGrid, defaultShared, launchValues } from './shape';
import { problemSize } from './size';
import { SourceText } from './source-text';
import { chooseTemplate } from './templates';
import { synchronizesGrid, unsupported } from './unsupported';

export interface PlanRequest {
  readonly model: FileModel;
  /** The text the model was built from. */
  readonly text: string;
  readonly file: string;
  /** With namespaces. */
  readonly kernel: string;
  readonly defaults: { readonly elements: number };
  /** Index into this kernel's launches, in the order of the text; the best one when absent. */
  readonly launch?: number;
  /** Name → expression in the directive's language (`N` → `1<<20`, `block` → `32x8`); wins over everything else. */
  readonly overrides?: ReadonlyMap<string, string>;
}

export function planLaunch(request: PlanRequest): LaunchPlan | PlanFailure {
  const { model } = request;
  const named = model.kernels.filter((kernel) => kernel.name === request.kernel);
  const kernel = named.find((candidate) => candidate.body !== undefined) ?? named[0];
  if (kernel === undefined) return { message: `There is no kernel named ${request.kernel} in this file.` };
  if (kernel.body === undefined) {
    return { message: `${kernel.name} is only declared here: open the file that defines it and run it there.` };
  }
  return new Planner(request, kernel, chooseLaunch(request, kernel)).plan();
}

/** The asked-for launch; else the one of which most is known, the first of equals. */
function chooseLaunch({ model, launch }: PlanRequest, kernel: Kernel): Launch | undefined {
  if (launch !== undefined) return model.launches[launch];
  const own = model.launches.filter(
    (candidate) => !candidate.broken && candidate.kernel !== undefined && model.kernels[candidate.kernel] === kernel,
  );
  const known = (value: Evaluated) => (value.known ? 1 : 0);
  const score = ({ grid, block, shared, arguments: list, conditional }: Launch) =>
    [grid, block].flatMap(({ x, y, z }) => [x, y, z]).reduce((sum, value) => sum + known(value), 0) +
    known(shared.value) +
    list.reduce((sum, argument) => sum + known(argument.value), 0) -
    (conditional ? 100 : 0);
  return own.reduce<Launch | undefined>(
    (best, next) => (best === undefined || score(next) > score(best) ? next : best),
    undefined,
  );
}

/** Blocks that any GPU of the last ten years holds at once. */
const residentBlocks = 16;

interface Valued<T> {
  readonly value: T;
  readonly provenance: Provenance;
}

class Planner {
  readonly #source: SourceText;
  readonly #body: KernelBody;
  readonly #host: HostValues;
  readonly #size: ProblemSize;
  /** Which parameter a name of the host is passed for. */
  readonly #passedFor = new Map<string, string>();
  /** What parameters and template parameters are, for the body's expressions. */
  readonly #numbers = new Map<string, Interval>();
  #templates: ReadonlyMap<string, string> = new Map();
  /** Elements along each axis that a block without a launch covers, where that is not its number of threads. */
  #side: number | undefined;

  constructor(
    private readonly request: PlanRequest,
    private readonly kernel: Kernel,
    private readonly launch: Launch | undefined,
  ) {
    this.#source = new SourceText(request.text);
    this.#body = new KernelBody(this.#source, kernel);
    this.#size = problemSize(kernel, this.#body, request.defaults.elements);
    const at = launch?.span.start ?? kernel.span.start;
    this.#host = new HostValues(this.#source, at, (name) => {
      const parameter = this.#passedFor.get(name);
      // Bytes are computed, not chosen: what the kernel needs tells them better.
      if (parameter === undefined && /smem|shmem|shared|bytes$/i.test(name)) return undefined;
      return assumedInteger(parameter ?? name, parameter === undefined ? '' : this.#body.text, this.#size);
    });
    kernel.parameters.forEach((parameter, index) => {
      const text = launch?.arguments[index]?.text.trim();
      if (text !== undefined && parameter.type.pointers === 0) this.#passedFor.set(text, parameter.name);
    });
  }

  plan(): LaunchPlan | PlanFailure {
    const { kernel, launch, request } = this;
    const template = chooseTemplate(kernel, launch, this.#source, this.#host, this.#body.text);
    if ('message' in template) return template;
    this.#templates = template.byName;
    for (const [name, text] of template.byName) {
      if (/^-?\d+$/.test(text)) this.#numbers.set(name, point(Number(text)));
    }
    const reason = unsupported(kernel, (base) => this.#substituted(base));
    if (reason !== undefined) return { message: reason };

    const scalars = new Map<Parameter, ScalarArgument>();
    for (const [index, parameter] of kernel.parameters.entries()) {
      const argument = this.#scalar(parameter, index);
      if (argument === undefined) continue;
      scalars.set(parameter, argument);
      this.#numbers.set(parameter.name, point(Number(argument.value), isFloating(argument.scalar)));
    }

    const parameters: Values = (name) => this.#numbers.get(name);
    const block = this.#block();
    if ('message' in block) return block;
    const grid = this.#grid(block.value, parameters);
    if ('message' in grid) return grid;
    const shared = this.#shared(grid.value, block.value, parameters);
    const values = launchValues(grid.value, block.value, parameters);

    const assumed = [block, grid, ...scalars.values()].some(({ provenance }) => provenance.kind === 'default');
    const context = {
      model: request.model,
      source: this.#source,
      body: this.#body,
      launch,
      host: this.#host,
      values,
      fallback: this.#fallback(grid.value, block.value),
      product: this.#product(),
      assumed,
    };
    const list: PlannedArgument[] = [];
    for (const [index, parameter] of kernel.parameters.entries()) {
      const type = this.#substituted(parameter.type.text);
      const scalar = scalars.get(parameter);
      if (scalar !== undefined) {
        list.push(scalar);
      } else if (parameter.type.pointers === 0) {
        const provenance = { kind: 'default', why: 'values of class type are passed with every byte zero' } as const;
        list.push({ kind: 'opaque', name: parameter.name, type, provenance });
      } else {
        const planned = planBuffer(parameter, index, this.#substituted(parameter.type.base), type, context);
        if ('message' in planned) return planned;
        list.push(planned);
      }
    }
    const cooperative = synchronizesGrid(this.#body.text);
    return {
      kernel: kernel.name,
      templateArguments: template.arguments,
      file: request.file,
      line: this.#source.lineOf(kernel.nameSpan.start),
      grid: grid.value,
      block: block.value,
      sharedBytes: shared.value,
      ...(cooperative ? { cooperative } : {}),
      provenance: {
        grid: grid.provenance,
        block: block.provenance,
        sharedBytes: shared.provenance,
        templateArguments: template.provenance,
      },
      arguments: list,
    };
  }

  /** Type text with template parameters replaced. */
  #substituted(text: string): string {
    let result = text;
    for (const [name, value] of this.#templates) {
      result = result.replace(new RegExp(`(?<![\\w:])${name}\\b`, 'g'), value);
    }
    return result;
  }

  #scalar(parameter: Parameter, index: number): ScalarArgument | undefined {
    if (parameter.type.pointers > 0) return undefined;
    const scalar = scalarOf(this.#substituted(parameter.type.base));
    if (scalar === undefined) return undefined;
    const base = {
      kind: 'scalar',
      name: parameter.name,
      type: this.#substituted(parameter.type.text),
      scalar,
    } as const;
    const written = this.launch?.arguments[index];
    if (written !== undefined) {
      if (written.value.known) {
        return { ...base, value: numberText(written.value.value, isFloating(scalar)), provenance: this.#launchSite() };
      }
      const value = isFloating(scalar) ? undefined : this.#host.evaluate(written.text);
      if (value !== undefined)
        return { ...base, value: numberText(value.value, false), provenance: this.#origin(value) };
    }
    if (isFloating(scalar) || scalar === 'bool') {
      return { ...base, value: '1', provenance: { kind: 'default', why: this.#unknown() } };
    }
    const value = assumedInteger(parameter.name, this.#body.text, this.#size);
    const why = isExtent(parameter.name, this.#body.text) ? this.#size.why : this.#unknown();
    return { ...base, value: String(value), provenance: { kind: 'default', why } };
  }

  #unknown(): string {
    return this.launch === undefined ? 'no launch in this file tells it' : 'known only at run time';
  }

  #block(): Valued<Dim3> | PlanFailure {
    const fromLaunch = this.launch === undefined ? undefined : this.#dimensions(this.launch.block, 'block');
    if (fromLaunch !== undefined) return fromLaunch;
    const constant = (text: string) => this.#body.range(text, (name) => this.#numbers.get(name));
    const { value, why, side } = defaultBlock(this.kernel, this.#body, (text) => {
      const found = constant(text);
      return found !== undefined && found.lo === found.hi ? found.lo : undefined;
    });
    this.#side = side;
    return { value, provenance: { kind: 'default', why } };
  }

  #grid(block: Dim3, parameters: Values): Valued<Dim3> | PlanFailure {
    const fromLaunch = this.launch === undefined ? undefined : this.#dimensions(this.launch.grid, 'grid');
    if (fromLaunch !== undefined) return fromLaunch;
    const extents = this.#extents();
    const extent = extents.length > 0 ? Math.max(...extents) : this.#size.extent;
    const values = launchValues([1, 1, 1], block, parameters);
    const [x, y, z] = defaultGrid(this.kernel, this.#body, block, values, extent, this.#side);
    if (synchronizesGrid(this.#body.text)) {
      const why = 'few blocks, since all must be resident to synchronise';
      return { value: [Math.min(x, residentBlocks), 1, 1], provenance: { kind: 'default', why } };
    }
    const value: Dim3 = [x, y, z];
    return { value, provenance: { kind: 'default', why: 'enough blocks to cover every element' } };
  }

  #shared(grid: Dim3, block: Dim3, parameters: Values): Valued<number> {
    const { launch } = this;
    if (launch !== undefined) {
      const found = this.#host.value(launch.shared.value, launch.shared.text);
      if (found !== undefined && found.value >= 0) {
        const provenance = launch.shared.value.known ? this.#launchSite() : this.#origin(found);
        return { value: Math.trunc(found.value), provenance };
      }
    }
    const radius = this.kernel.parameters.find(({ name }) => /^(r|radius|halo)$/i.test(name));
    const known = radius === undefined ? undefined : this.#numbers.get(radius.name)?.lo;
    const { value, why } = defaultShared(this.kernel, this.#body, block, known, launchValues(grid, block, parameters));
    return { value, provenance: { kind: 'default', why } };
  }

  /** Undefined when an axis cannot be told even under assumptions. */
  #dimensions(written: Dim3Value, what: 'grid' | 'block'): Valued<Dim3> | PlanFailure | undefined {
    const axes = [written.x, written.y, written.z];
    if (axes.every((axis) => axis.known)) {
      const value = axes.map((axis) => (axis.known ? Number(axis.value) : 1));
      if (value.some((size) => !(size >= 1))) {
        const line = this.#source.lineOf(written.span.start);
        return {
          message: `The launch in line ${line} has an empty ${what} (${value.join(' × ')}): it would run nothing.`,
        };
      }
      return { value: dim3(value), provenance: this.#launchSite() };
    }
    const evaluated = this.#host.dimensions(written.text);
    const found = axes.map((axis, index): HostValue | undefined =>
      axis.known ? { value: Number(axis.value), assumed: [] } : evaluated[index],
    );
    if (found.some((axis) => axis === undefined || !(axis.value >= 1))) return undefined;
    const assumed = found.flatMap((axis) => axis?.assumed ?? []);
    return { value: dim3(found.map((axis) => axis?.value ?? 1)), provenance: this.#origin({ value: 0, assumed }) };
  }

  #launchSite(): Provenance {
    return {
      kind: 'launchSite',
      line: this.launch === undefined ? 0 : this.#source.lineOf(this.launch.nameSpan.start),
    };
  }

  /** The launch, unless names had to be assumed. */
  #origin({ assumed }: HostValue): Provenance {
    if (assumed.length === 0) return this.#launchSite();
    const names = [...new Set(assumed)].map((name) => `${name} = ${this.#host.assumptions.get(name) ?? '?'}`);
    return { kind: 'default', why: `known only at run time; assumed ${names.join(', ')}` };
  }

  /** Values of the integer parameters that count elements. */
  #extents(): number[] {
    return this.kernel.parameters.flatMap((parameter) => {
      const value = this.#numbers.get(parameter.name);
      const counts = parameter.type.pointers === 0 && value !== undefined && value.float !== true;
      return counts && isExtent(parameter.name, this.#body.text) ? [value.hi] : [];
    });
  }

  /** The product of the extents that span the data: one an axis, two where there are several. */
  #product(): number {
    const extents = this.#extents().sort((a, b) => b - a);
    const axes = axesOf(this.kernel).length;
    if (extents.length === 1) return (extents[0] ?? 1) ** Math.max(axes, 1);
    return extents.slice(0, Math.max(axes, 2)).reduce((all, extent) => all * extent, 1);
  }

  /** Elements of a buffer whose indices do not show: one for each thread at least. */
  #fallback(grid: Dim3, block: Dim3): number {
    const threads = grid[0] * grid[1] * grid[2] * block[0] * block[1] * block[2];
    return Math.min(Math.max(this.#product(), threads, 1024), 2 ** 30);
  }
}

/** Decimal text that a device scalar takes: whole for integers, exact for bigint. */
function numberText(value: number | bigint, floating: boolean): string {
  if (typeof value === 'bigint') return value.toString();
  if (!Number.isFinite(value)) return '0';
  return floating ? String(value) : BigInt(Math.trunc(value)).toString();
}

function dim3(values: readonly number[]): Dim3 {
  const [x = 1, y = 1, z = 1] = values;
  return [x, y, z];
}
