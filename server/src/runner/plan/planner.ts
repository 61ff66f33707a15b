/** Makes the plan of one kernel and one of its launches: sizes first, then the memory that they reach. Pure. */
import type {
  CheckRequest,
  Dim3,
  LaunchPlan,
  NamedValue,
  PlanFailure,
  PlannedArgument,
  Provenance,
  ScalarArgument,
} from '../../../../protocol/src';
import type { Directive, Quantity, Setting } from '../../analysis/directive';
import { constantOf, reservedMeaning } from '../../analysis/directive';
import type { Dim3Value, Kernel, Launch, Parameter } from '../../analysis/model/types';
import { defaultTolerance } from '../check/tolerance';
import { KernelBody, type Values } from './body';
import { planBuffer, planPointers, type BufferContext } from './buffers';
import { clusterOf, isCooperative } from './attributes';
import { isFloating, scalarOf } from './elements';
import { globalsOf, planGlobal, type NamedGlobal } from './globals';
import { HostValues, type HostValue } from './host';
import { numberText } from './number-text';
import { isPoint, point, type Interval } from './interval';
import { assumedInteger, isExtent, type ProblemSize } from './scalars';
import { roleOf } from './roles';
import { PlanSettings } from './settings';
import { axesOf, defaultBlock, defaultGrid, defaultShared, launchValues } from './shape';
import { problemSize } from './size';
import { SourceText } from './source-text';
import { structOf, type PlanStruct } from './structs';
import { chooseTemplate, type TemplateChoice } from './templates';
import { unsupported } from './unsupported';
import type { PlanRequest } from './request';

/** Blocks that any GPU of the last ten years holds at once. */
const residentBlocks = 16;

interface Valued<T> {
  readonly value: T;
  readonly provenance: Provenance;
}

export class Planner {
  readonly #source: SourceText;
  readonly #body: KernelBody;
  readonly #host: HostValues;
  readonly #size: ProblemSize;
  readonly #settings: PlanSettings;
  /** Which parameter a name of the host is passed for. */
  readonly #passedFor = new Map<string, string>();
  /** What parameters, their members, template parameters and global variables are, for the body's expressions. */
  readonly #numbers = new Map<string, Interval>();
  readonly #structs = new Map<Parameter, PlanStruct>();
  #templates: ReadonlyMap<string, string> = new Map();
  /** Elements along each axis that a block without a launch covers, where that is not its number of threads. */
  #side: number | undefined;
  #blockSize: Dim3 | undefined;
  #sides: ReadonlyMap<string, number> | undefined;
  #gridSize: Dim3 | undefined;

  constructor(
    private readonly request: PlanRequest,
    private readonly kernel: Kernel,
    private readonly launch: Launch | undefined,
    directive: Directive,
    private readonly chosen: { readonly index: number; readonly count: number } | undefined,
  ) {
    this.#source = SourceText.of(request.text);
    this.#body = new KernelBody(this.#source, kernel);
    this.#size = problemSize(kernel, this.#body, request.defaults.elements, request.defaults.reduced);
    const at = launch?.span.start ?? kernel.span.start;
    this.#host = new HostValues(this.#source, at, (name) => {
      const parameter = this.#passedFor.get(name);
      const [object, axis = ''] = name.split('.');
      if (this.#blockSize && object === launch?.block.text.trim() && /^[xyz]$/.test(axis)) {
        return this.#blockSize['xyz'.indexOf(axis) as 0 | 1 | 2];
      }
      const side = this.#blockNames().get(name);
      if (side !== undefined) return side;
      // Bytes are computed, not chosen: what the kernel needs tells them better.
      if (parameter === undefined && /smem|shmem|shared|bytes$/i.test(name)) return undefined;
      return assumedInteger(parameter ?? name, parameter === undefined ? '' : this.#body.text, this.#size);
    });
    kernel.parameters.forEach((parameter, index) => {
      const text = launch?.arguments[index]?.text.trim();
      if (text !== undefined && parameter.type.pointers === 0) this.#passedFor.set(text, parameter.name);
    });
    this.#settings = new PlanSettings(directive, kernel, (name) => this.#quantity(name));
  }

  /** Template arguments alone, which cost no search for sizes; undefined where none can be chosen. */
  templateArguments(): readonly string[] | undefined {
    this.#presets();
    const template = this.#template();
    return 'message' in template ? undefined : template.arguments;
  }

  plan(): LaunchPlan | PlanFailure {
    const { kernel, launch, request } = this;
    const named = this.#presets();
    const template = this.#template();
    if ('message' in template) return template;
    const reason = unsupported(kernel, (base) => this.#substituted(base));
    if (reason !== undefined) return { message: reason };

    const globals = globalsOf(request.model, kernel).map((variable) => this.#globalNumber(variable));
    const scalars = new Map<Parameter, ScalarArgument>();
    for (const [index, parameter] of kernel.parameters.entries()) {
      const argument = this.#scalar(parameter, index);
      if (argument !== undefined) {
        scalars.set(parameter, argument);
        this.#numbers.set(parameter.name, point(Number(argument.value), isFloating(argument.scalar)));
      } else if (parameter.type.pointers === 0) {
        this.#struct(parameter, index);
      }
    }

    const parameters: Values = (name) => this.#numbers.get(name);
    const block = this.#block();
    if ('message' in block) return block;
    this.#blockSize = block.value;
    const grid = this.#grid(block, parameters);
    if ('message' in grid) return grid;
    this.#gridSize = grid.value;
    const shared = this.#shared(grid.value, block.value, parameters);
    const values = launchValues(grid.value, block.value, parameters);

    const assumed =
      this.#settings.names.length > 0 ||
      [block, grid, ...scalars.values()].some(({ provenance }) => provenance.kind === 'default');
    const context: BufferContext = {
      model: request.model,
      source: this.#source,
      body: this.#body,
      launch,
      host: this.#host,
      settings: this.#settings,
      values,
      fallback: this.#fallback(grid.value, block.value),
      product: this.#product(),
      assumed,
    };
    const list: PlannedArgument[] = [];
    for (const [index, parameter] of kernel.parameters.entries()) {
      const type = this.#substituted(parameter.type.text);
      const scalar = scalars.get(parameter);
      const struct = this.#structs.get(parameter);
      if (scalar !== undefined) list.push(scalar);
      else if (struct !== undefined) list.push(struct.argument(parameter, type, context));
      else if (parameter.type.pointers === 0) list.push(this.#opaque(parameter, type));
      else if (parameter.type.pointers === 2) {
        list.push(planPointers(parameter, this.#substituted(parameter.type.base), type, context));
      } else {
        const planned = planBuffer(parameter, index, this.#substituted(parameter.type.base), type, context);
        if ('message' in planned) return planned;
        list.push(planned);
      }
    }
    const variables = globals.flatMap((variable) => planGlobal(variable, context) ?? []);
    const cooperative = this.#cooperative();
    const cluster = this.#cluster();
    const flops = this.#amount('flops');
    const bytes = this.#amount('bytes');
    const check = this.#check(list);
    const stated = this.#namedValues(named);
    return {
      kernel: kernel.name,
      templateArguments: template.arguments,
      file: request.file,
      line: this.#source.lineOf(kernel.nameSpan.start),
      grid: grid.value,
      block: block.value,
      sharedBytes: shared.value,
      ...(cooperative ? { cooperative } : {}),
      ...(cluster === undefined ? {} : { cluster }),
      ...(this.chosen === undefined ? {} : { launch: this.chosen }),
      ...(variables.length === 0 ? {} : { globals: variables }),
      ...(stated.length === 0 ? {} : { values: stated }),
      ...(check === undefined ? {} : { check }),
      ...(flops === undefined ? {} : { flops }),
      ...(bytes === undefined ? {} : { bytes }),
      provenance: {
        grid: grid.provenance,
        block: block.provenance,
        sharedBytes: shared.provenance,
        templateArguments: template.provenance,
      },
      arguments: list,
    };
  }

  /** Names that the launch computes its block from, with the threads along their axis that are assumed for them. */
  #blockNames(): ReadonlyMap<string, number> {
    if (this.#sides !== undefined) return this.#sides;
    const found = new Map<string, number>();
    this.#sides = found;
    const { launch } = this;
    if (launch === undefined) return found;
    const written = launch.block.text.trim();
    const text = this.#source.definition(written, launch.span.start)?.text ?? written;
    const axes = /^dim3\b/.test(text) ? text.split(',').length : 1;
    const side = axes > 2 ? 8 : axes === 2 ? 16 : 256;
    for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) {
      const value = name === 'dim3' || roleOf(name) === 'block' ? undefined : this.#passedFor.get(name);
      if (name !== 'dim3' && value === undefined) found.set(name, side);
    }
    return found;
  }

  /** What a directive's expressions may name beside its own settings. */
  #quantity(name: string): Quantity | undefined {
    const dimension = /^(block|grid|blockDim|gridDim)(?:\.([xyz]))?$/.exec(name);
    if (dimension !== null && !this.#numbers.has(name)) {
      const size = dimension[1]?.startsWith('block') ? this.#blockSize : this.#gridSize;
      const axis = 'xyz'.indexOf(dimension[2] ?? 'x') as 0 | 1 | 2;
      // Without an axis only a size along x is one number.
      if (size === undefined || (dimension[2] === undefined && size[1] * size[2] !== 1)) return undefined;
      return BigInt(size[axis]);
    }
    const known = this.#numbers.get(name);
    if (isPoint(known)) return known.float === true || !Number.isInteger(known.lo) ? known.lo : BigInt(known.lo);
    const constant = constantOf(this.request.model, this.kernel, name);
    if (constant !== undefined) return constant;
    const host = this.launch === undefined ? undefined : this.#host.evaluate(name);
    return host === undefined || host.assumed.length > 0 || !Number.isInteger(host.value)
      ? undefined
      : BigInt(host.value);
  }

  /** Gives the host's names the values of the directive: its named values, and what is passed for parameters it sets. */
  #presets(): readonly Setting[] {
    const { kernel } = this;
    const own = new Set([...kernel.parameters, ...kernel.templateParameters].map((parameter) => parameter.name));
    const globals = new Set(globalsOf(this.request.model, kernel).map(({ name }) => name));
    const passed = new Map([...this.#passedFor].map(([text, parameter]) => [parameter, text]));
    const named: Setting[] = [];
    for (const name of this.#settings.names) {
      const setting = this.#settings.get(name);
      if (setting === undefined) continue;
      const host = passed.get(name);
      if (host !== undefined && /^[A-Za-z_]\w*$/.test(host)) {
        const value = this.#settings.tried(setting);
        // A variable that has a setting of its own keeps that one.
        const free = host === name || this.#settings.get(host) === undefined;
        if (value !== undefined && free) this.#host.preset(host, value);
      }
      if (own.has(name) || globals.has(name) || name.includes('.') || reservedMeaning(name) !== undefined) continue;
      named.push(setting);
      const value = this.#settings.tried(setting);
      if (value !== undefined) this.#host.preset(name, value);
    }
    return named;
  }

  #namedValues(settings: readonly Setting[]): NamedValue[] {
    return settings.map((setting) => ({
      name: setting.name,
      value: Number(this.#settings.number(setting) ?? this.#settings.fail(setting, 'it has no value')),
      provenance: this.#settings.origin(setting),
    }));
  }

  #template(): TemplateChoice | PlanFailure {
    const template = chooseTemplate(this.kernel, this.launch, this.#source, this.#host, this.#body.text, (name) => {
      const setting = this.#settings.get(name);
      if (setting?.value === undefined) return undefined;
      const parameter = this.kernel.templateParameters.find((candidate) => candidate.name === name);
      const value = parameter?.kind === 'value' ? this.#settings.tried(setting) : undefined;
      return { text: value === undefined ? setting.value : String(value), provenance: this.#settings.origin(setting) };
    });
    if ('message' in template) return template;
    this.#templates = template.byName;
    for (const [name, text] of template.byName) {
      if (/^-?\d+$/.test(text)) this.#numbers.set(name, point(Number(text)));
      else if (text === 'true' || text === 'false') this.#numbers.set(name, point(text === 'true' ? 1 : 0));
    }
    return template;
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
    const scalar = this.#scalarType(this.#substituted(parameter.type.base));
    if (scalar === undefined) return undefined;
    const base = {
      kind: 'scalar',
      name: parameter.name,
      type: this.#substituted(parameter.type.text),
      scalar,
    } as const;
    const setting = this.#settings.get(parameter.name);
    const set = this.#settings.number(setting);
    if (setting !== undefined && set !== undefined) {
      return { ...base, value: numberText(set, isFloating(scalar)), provenance: this.#settings.origin(setting) };
    }
    if (setting?.size !== undefined) this.#settings.fail(setting, `${parameter.name} is no buffer`);
    const written = this.launch?.arguments[index];
    if (written !== undefined) {
      const floating = isFloating(scalar);
      const value = floating && !written.value.known ? undefined : this.#host.value(written.value, written.text);
      if (value !== undefined && value.preset.length > 0) {
        return { ...base, value: numberText(value.value, floating), provenance: this.#origin(value) };
      }
      if (written.value.known) {
        return { ...base, value: numberText(written.value.value, floating), provenance: this.#launchSite() };
      }
      if (value !== undefined) {
        // A condition that only a run can tell is assumed to hold.
        const whole = scalar === 'bool' ? Number(value.value !== 0) : value.value;
        return { ...base, value: numberText(whole, false), provenance: this.#origin(value) };
      }
    }
    if (isFloating(scalar) || scalar === 'bool') {
      return { ...base, value: '1', provenance: { kind: 'default', why: this.#unknown() } };
    }
    const value = assumedInteger(parameter.name, this.#body.text, this.#size);
    const why = isExtent(parameter.name, this.#body.text) ? this.#size.why : this.#unknown();
    return { ...base, value: String(value), provenance: { kind: 'default', why } };
  }

  /** An enumeration is passed as its int. */
  #scalarType(base: string) {
    return scalarOf(base) ?? (this.#source.isEnumeration(base) ? 'i32' : undefined);
  }

  /** Scalars of a structure are known before the sizes, which they may bound; its buffers follow. */
  #struct(parameter: Parameter, index: number): void {
    const base = this.#substituted(parameter.type.base);
    const struct = structOf(base, parameter, {
      model: this.request.model,
      body: this.#body,
      size: this.#size,
      settings: this.#settings,
      host: this.#host,
      source: this.#source,
      launch: this.launch,
      argument: this.launch?.arguments[index]?.text.trim(),
      origin: (value) => this.#origin(value),
      unknown: this.#unknown(),
    });
    if (struct === undefined) return;
    this.#structs.set(parameter, struct);
    for (const { path, value } of struct.scalars) {
      this.#numbers.set(`${parameter.name}.${path}`, point(Number(value.value), isFloating(value.scalar)));
    }
  }

  #opaque(parameter: Parameter, type: string): PlannedArgument {
    const setting = this.#settings.names.find(
      (name) => name.startsWith(`${parameter.name}.`) || name === parameter.name,
    );
    const found = setting === undefined ? undefined : this.#settings.get(setting);
    if (found !== undefined) this.#settings.fail(found, `how ${parameter.type.base} lies in memory is not known here`);
    const why = 'how this class lies in memory is not known here: every byte is zero';
    return { kind: 'opaque', name: parameter.name, type, provenance: { kind: 'default', why } };
  }

  #globalNumber(variable: NamedGlobal): NamedGlobal & { readonly number?: ScalarArgument } {
    const scalar = variable.extents.length === 0 ? scalarOf(variable.base) : undefined;
    if (scalar === undefined || variable.space !== 'constant') return variable;
    const setting = this.#settings.get(variable.name);
    const set = this.#settings.tried(setting ?? { name: variable.name });
    const copied = set === undefined && !isFloating(scalar) ? this.#copiedTo(variable.name) : undefined;
    const assumed = isFloating(scalar) ? 1 : assumedInteger(variable.name, this.#body.text, this.#size);
    const provenance: Provenance =
      setting !== undefined && set !== undefined
        ? this.#settings.origin(setting)
        : copied !== undefined
          ? this.#origin(copied)
          : { kind: 'default', why: this.#size.why };
    const value = set ?? copied?.value ?? assumed;
    this.#numbers.set(variable.name, point(value, isFloating(scalar)));
    const number = {
      kind: 'scalar',
      name: variable.name,
      type: variable.base,
      scalar,
      value: String(value),
      provenance,
    };
    return { ...variable, number: number as ScalarArgument };
  }

  /** `cudaMemcpyToSymbol(name, &value, …)`: the value of the host's variable. */
  #copiedTo(name: string): HostValue | undefined {
    const source = this.#source.argumentsOf('cudaMemcpyToSymbol', (first) => first === name)?.[1];
    const variable = /^\(?\s*&\s*([A-Za-z_]\w*)\s*\)?$/.exec(source ?? '')?.[1];
    return variable === undefined ? undefined : this.#host.evaluate(variable);
  }

  #unknown(): string {
    return this.launch === undefined ? 'no launch in this file tells it' : 'known only at run time';
  }

  #block(): Valued<Dim3> | PlanFailure {
    const setting = this.#settings.reserved('block');
    if (setting !== undefined) {
      const value = this.#settings.dimensions(setting);
      if (value[0] * value[1] * value[2] > 1024 || value[2] > 64) {
        this.#settings.fail(setting, `a block has at most 1024 threads, and 64 along z`);
      }
      this.#presetBlock(value);
      return { value, provenance: this.#settings.origin(setting) };
    }
    const fromLaunch = this.launch === undefined ? undefined : this.#dimensions(this.launch.block, 'block');
    // An assumed block that no GPU can launch was assumed wrongly.
    if (fromLaunch !== undefined && ('message' in fromLaunch || launchable(fromLaunch))) return fromLaunch;
    const constant = (text: string) => this.#body.range(text, (name) => this.#numbers.get(name));
    const { value, why, side } = defaultBlock(this.kernel, this.#body, (text) => {
      const found = constant(text);
      return found !== undefined && found.lo === found.hi ? found.lo : undefined;
    });
    this.#side = side;
    return { value, provenance: { kind: 'default', why } };
  }

  /** The variables that the launch takes its block from follow a block of the directive, so that the grid does too. */
  #presetBlock(block: Dim3): void {
    const text = this.launch?.block.text.trim() ?? '';
    if (!/^[A-Za-z_]\w*$/.test(text)) return;
    if (block[1] * block[2] === 1) this.#host.preset(text, block[0]);
    [...'xyz'].forEach((axis, index) => this.#host.preset(`${text}.${axis}`, block[index] ?? 1));
    const items = this.#source.definition(text, this.launch?.span.start ?? 0);
    const list = /^dim3\s*\(([\s\S]*)\)$/.exec(items?.text ?? '')?.[1]?.split(',') ?? [];
    list.forEach((item, index) => {
      const name = item.trim();
      const same = list.every((other, at) => other.trim() !== name || block[at] === block[index]);
      if (/^[A-Za-z_]\w*$/.test(name) && same) this.#host.preset(name, block[index] ?? 1);
    });
  }

  #grid(block: Valued<Dim3>, parameters: Values): Valued<Dim3> | PlanFailure {
    const setting = this.#settings.reserved('grid');
    if (setting !== undefined) {
      return { value: this.#settings.dimensions(setting), provenance: this.#settings.origin(setting) };
    }
    const fromLaunch = this.launch === undefined ? undefined : this.#dimensions(this.launch.grid, 'grid');
    if (fromLaunch !== undefined) return 'message' in fromLaunch ? fromLaunch : this.#refitted(fromLaunch, block);
    const extents = this.#extents();
    const extent = extents.length > 0 ? Math.max(...extents) : this.#size.extent;
    const values = launchValues([1, 1, 1], block.value, parameters);
    const [x, y, z] = defaultGrid(this.kernel, this.#body, block.value, values, extent, this.#side);
    if (this.#cooperative()) {
      const why = 'few blocks, since all must be resident to synchronise';
      return { value: [Math.min(x, residentBlocks), 1, 1], provenance: { kind: 'default', why } };
    }
    const value: Dim3 = [x, y, z];
    return { value, provenance: { kind: 'default', why: 'enough blocks to cover every element' } };
  }

  /** A block of the directive's size in a launch whose grid does not follow it: as many threads as before. */
  #refitted(grid: Valued<Dim3> & { readonly followed?: boolean }, block: Valued<Dim3>): Valued<Dim3> {
    const { value, provenance } = grid;
    const setting = this.#settings.reserved('block');
    if (setting === undefined || grid.followed === true || this.launch === undefined) return { value, provenance };
    const written = [this.launch.block.x, this.launch.block.y, this.launch.block.z];
    const refit = (axis: 0 | 1 | 2): number => {
      const name = 'xyz'.charAt(axis);
      const size = written[axis];
      const covers = new RegExp(
        `blockIdx\\s*\\.\\s*${name}\\s*\\*\\s*blockDim\\b|blockDim\\s*\\.\\s*${name}\\s*\\*\\s*blockIdx\\b`,
      );
      if (size?.known !== true || !covers.test(this.#body.text)) return value[axis];
      return Math.max(1, Math.ceil((value[axis] * Number(size.value)) / block.value[axis]));
    };
    const fitted: Dim3 = [refit(0), refit(1), refit(2)];
    if (fitted.every((size, axis) => size === value[axis])) return { value, provenance };
    const why = 'as many threads as the launch has, in blocks of the size that was set';
    return { value: fitted, provenance: { kind: 'default', why } };
  }

  #shared(grid: Dim3, block: Dim3, parameters: Values): Valued<number> {
    const setting = this.#settings.reserved('shared');
    const set = this.#settings.number(setting);
    if (setting !== undefined && set !== undefined) {
      if (Number(set) < 0) this.#settings.fail(setting, 'it is below zero');
      return { value: Math.trunc(Number(set)), provenance: this.#settings.origin(setting) };
    }
    const { launch } = this;
    if (launch !== undefined) {
      const found = this.#host.value(launch.shared.value, launch.shared.text);
      if (found !== undefined && found.value >= 0) {
        return { value: Math.trunc(found.value), provenance: this.#origin(found) };
      }
    }
    const radius = this.kernel.parameters.find(({ name }) => /^(r|radius|halo)$/i.test(name));
    const known = radius === undefined ? undefined : this.#numbers.get(radius.name)?.lo;
    const { value, why } = defaultShared(this.kernel, this.#body, block, known, launchValues(grid, block, parameters));
    return { value, provenance: { kind: 'default', why } };
  }

  /** Undefined when an axis cannot be told even under assumptions. `followed`: something of it was set. */
  #dimensions(
    written: Dim3Value,
    what: 'grid' | 'block',
  ): (Valued<Dim3> & { readonly followed?: boolean }) | PlanFailure | undefined {
    const axes = [written.x, written.y, written.z];
    const evaluated = this.#host.dimensions(written.text);
    const followed = evaluated.some((axis) => axis !== undefined && axis.preset.length > 0);
    if (axes.every((axis) => axis.known) && !followed) {
      const value = axes.map((axis) => (axis.known ? Number(axis.value) : 1));
      if (value.some((size) => !(size >= 1))) {
        const line = this.#source.lineOf(written.span.start);
        return {
          message: `The launch in line ${line} has an empty ${what} (${value.join(' × ')}): it would run nothing.`,
        };
      }
      return { value: dim3(value), provenance: this.#launchSite() };
    }
    const found = axes.map((axis, index): HostValue | undefined => {
      const computed = evaluated[index];
      if (computed !== undefined && computed.preset.length > 0) return computed;
      return axis.known ? { value: Number(axis.value), assumed: [], preset: [] } : computed;
    });
    if (found.some((axis) => axis === undefined || !(axis.value >= 1))) return undefined;
    const assumed = found.flatMap((axis) => axis?.assumed ?? []);
    const preset = found.flatMap((axis) => axis?.preset ?? []);
    const provenance = this.#origin({ value: 0, assumed, preset });
    return { value: dim3(found.map((axis) => axis?.value ?? 1)), provenance, followed };
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

  #cooperative(): boolean {
    const setting = this.#settings.reserved('cooperative');
    if (setting !== undefined) return Number(this.#settings.number(setting) ?? 1) !== 0;
    return isCooperative(this.#body.text, this.launch, this.request.text);
  }

  #cluster(): Dim3 | undefined {
    const setting = this.#settings.reserved('cluster');
    if (setting !== undefined) return this.#settings.dimensions(setting);
    const axes = this.launch === undefined ? undefined : clusterOf(this.launch, this.#source);
    const values = axes?.map((text) => (text === undefined ? 1 : this.#host.evaluate(text)?.value));
    if (values === undefined || values.some((value) => value === undefined || !(value >= 1))) return undefined;
    return dim3(values.map((value) => value ?? 1));
  }

  #amount(name: 'flops' | 'bytes'): number | undefined {
    const setting = this.#settings.reserved(name);
    const value = this.#settings.number(setting);
    if (setting === undefined || value === undefined) return undefined;
    return Number(value) > 0 ? Number(value) : this.#settings.fail(setting, 'it is not above zero');
  }

  #check(list: readonly PlannedArgument[]): CheckRequest | undefined {
    const setting = this.#settings.reserved('check');
    if (setting === undefined) return undefined;
    const { reference, tolerance } = this.#settings.check(setting);
    const allowed = tolerance ?? defaultTolerance({ arguments: list });
    if (!(allowed >= 0)) this.#settings.fail(setting, 'the tolerance is below zero');
    return { ...(reference === undefined ? {} : { reference }), tolerance: allowed };
  }

  /** Values of the integer parameters that count elements. */
  #extents(): number[] {
    const own = this.kernel.parameters.filter(({ type }) => type.pointers === 0).map(({ name }) => name);
    const members = [...this.#structs].flatMap(([{ name }, { scalars }]) =>
      scalars.map(({ path }) => `${name}.${path}`),
    );
    return [...own, ...members].flatMap((name) => {
      const value = this.#numbers.get(name);
      const counts = value !== undefined && value.float !== true;
      return counts && isExtent(name, this.#body.text) ? [value.hi] : [];
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

function launchable({ value: [x, y, z], provenance }: Valued<Dim3>): boolean {
  return provenance.kind !== 'default' || (x * y * z <= 1024 && z <= 64);
}

function dim3(values: readonly number[]): Dim3 {
  const [x = 1, y = 1, z = 1] = values;
  return [x, y, z];
}
