/** What is known of one launch while it is planned: the texts it is read from, and the numbers found so far. Pure. */
import * as l10n from '@vscode/l10n';
import type { Dim3, Provenance } from '../../../../protocol/src';
import { constantOf, type Directive, type Quantity } from '../../analysis/directive';
import type { Kernel, Launch, Parameter } from '../../analysis/model/types';
import { KernelBody, type Values } from './body';
import { withCalls } from './called';
import { HostValues, type HostValue } from './host';
import { compiledEvaluator, constantIn, isIncludedType } from './compiled';
import { elementOf } from './elements';
import { sourceOf, type Site } from './elsewhere';
import { isPoint, point, type Interval } from './interval';
import { roleOf } from './roles';
import { assumedInteger, type ProblemSize } from './scalars';
import { PlanSettings } from './settings';
import { problemSize } from './size';
import type { SourceText } from './source-text';
import type { PlanStruct } from './structs';
import type { PlanRequest } from './request';

export class Situation {
  readonly source: SourceText;
  /** With what the functions that it calls do. */
  readonly kernel: Kernel;
  readonly body: KernelBody;
  readonly host: HostValues;
  readonly size: ProblemSize;
  readonly settings: PlanSettings;
  /** What parameters, their members, template parameters and global variables are, for the body's expressions. */
  readonly numbers = new Map<string, Interval>();
  readonly structs = new Map<Parameter, PlanStruct>();
  /** Which parameter a name of the host is passed for. */
  readonly passedFor: ReadonlyMap<string, string>;
  templates: ReadonlyMap<string, string> = new Map();
  /** Sizes of the launch, once they are planned. */
  block: Dim3 | undefined;
  grid: Dim3 | undefined;
  readonly #constants = new Map<string, number | undefined>();
  #sides: ReadonlyMap<string, number> | undefined;

  constructor(
    readonly request: PlanRequest,
    kernel: Kernel,
    /** What the host says, in this file or another one. */
    readonly site: Site,
    directive: Directive,
  ) {
    const { launch } = site;
    this.source = sourceOf(request.model, request.text);
    const seen = withCalls(request.model, kernel, this.source);
    this.kernel = seen.kernel;
    this.body = new KernelBody(seen.source, seen.kernel);
    this.size = problemSize(seen.kernel, this.body, request.defaults.elements, request.defaults.reduced);
    this.passedFor = new Map(
      kernel.parameters.flatMap(({ name, type }, index) => {
        const text = launch?.arguments[index]?.text.trim();
        return text === undefined || type.pointers > 0 ? [] : [[text, name] as const];
      }),
    );
    const at = launch?.span.start ?? kernel.span.start;
    this.host = new HostValues(
      site.source,
      at,
      (name) => this.#assumed(name),
      (name) => this.#templateType(name),
      (name) => (site.file === undefined ? this.#included(name)?.lo : constantIn(site.model, name)),
    );
    this.settings = new PlanSettings(directive, kernel, (name) => this.#quantity(name));
  }

  /** The launch, if there is one; where it stands is the site's to know. */
  get launch(): Launch | undefined {
    return this.site.launch;
  }

  readonly values: Values = (name) => this.numbers.get(name) ?? this.#included(name);

  /** A constant that no name of the file hides. */
  #included(name: string): Interval | undefined {
    if (!this.#constants.has(name)) {
      const hidden = this.source.hasMacro(name) || this.source.definition(name, this.body.start) !== undefined;
      const own = hidden || this.body.defines(name) || name.includes('.');
      this.#constants.set(name, own ? undefined : constantIn(this.request.model, name));
    }
    const value = this.#constants.get(name);
    return value === undefined ? undefined : point(value, !Number.isInteger(value));
  }

  /** Type text with template parameters replaced. */
  substituted(text: string): string {
    let result = text;
    for (const [name, value] of this.templates) {
      result = result.replace(new RegExp(`(?<![\\w:])${name}\\b`, 'g'), value);
    }
    return this.#resolved(result) ?? result;
  }

  /** Whether a type means something where the kernel stands, outside of the function that launches it. */
  isVisible(type: string): boolean {
    if (!/^[A-Za-z_]\w*$/.test(type) || elementOf(type) !== undefined) return true;
    if (this.source.structBody(type) !== undefined || this.source.namesType(type)) return true;
    return isIncludedType(this.request.model, type);
  }

  /** What another name of a type stands for, where branches of an `#if` define it differently. */
  #resolved(text: string): string | undefined {
    if (!/^[A-Za-z_]\w*$/.test(text) || elementOf(text) !== undefined) return undefined;
    const { types, index } = compiledEvaluator(this.request.model) ?? {};
    const macro = index?.macro(text);
    if (macro !== undefined && 'body' in macro && elementOf(macro.body) !== undefined) return macro.body;
    const type = types?.resolve(text);
    return type?.pointers === 0 && elementOf(type.base) !== undefined ? type.base : undefined;
  }

  /** Why a value is not known. */
  get unknown(): string {
    return this.launch === undefined ? l10n.t('no launch in this file tells it') : l10n.t('known only at run time');
  }

  /** `given`: names set from outside that the launch computes its value from. */
  launchSite(given: readonly string[] = []): Provenance {
    const { launch, source, file } = this.site;
    const line = launch === undefined ? 0 : source.lineOf(launch.nameSpan.start);
    const place = file === undefined ? {} : { file };
    return { kind: 'launchSite', line, ...place, ...(given.length === 0 ? {} : { given: this.host.givenText(given) }) };
  }

  /** The launch, unless names had to be assumed. */
  origin({ assumed, preset }: HostValue): Provenance {
    if (assumed.length === 0) return this.launchSite(preset);
    return { kind: 'default', why: l10n.t('known only at run time; assumed {0}', this.host.assumedText(assumed)) };
  }

  /** A wrapper's `T` is the kernel's where it is passed for it, or has its name. */
  #templateType(name: string): string | undefined {
    const index = this.launch?.templateArguments.findIndex(({ text }) => text.trim() === name) ?? -1;
    const parameter = this.kernel.templateParameters[index];
    return this.templates.get(parameter?.name ?? name) ?? this.#resolved(name);
  }

  /** A value for a name of the host that the file does not tell. */
  #assumed(name: string): number | undefined {
    const parameter = this.passedFor.get(name);
    const [object, axis = ''] = name.split('.');
    if (this.block && object === this.launch?.block.text.trim() && /^[xyz]$/.test(axis)) {
      return this.block['xyz'.indexOf(axis) as 0 | 1 | 2];
    }
    const side = this.#blockNames().get(name);
    if (side !== undefined) return side;
    // Bytes are computed, not chosen: what the kernel needs tells them better.
    if (parameter === undefined && /smem|shmem|shared|bytes$/i.test(name)) return undefined;
    return assumedInteger(parameter ?? name, parameter === undefined ? '' : this.body.text, this.size);
  }

  /** Names that the launch computes its block from, with the threads along their axis that are assumed for them. */
  #blockNames(): ReadonlyMap<string, number> {
    if (this.#sides !== undefined) return this.#sides;
    const found = new Map<string, number>();
    this.#sides = found;
    const { launch } = this;
    if (launch === undefined) return found;
    const written = launch.block.text.trim();
    const text = this.site.source.definition(written, launch.span.start)?.text ?? written;
    const axes = /^dim3\b/.test(text) ? text.split(',').length : 1;
    const side = axes > 2 ? 8 : axes === 2 ? 16 : 256;
    for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) {
      const value = name === 'dim3' || roleOf(name) === 'block' ? undefined : this.passedFor.get(name);
      if (name !== 'dim3' && value === undefined) found.set(name, side);
    }
    return found;
  }

  /** What a directive's expressions may name beside its own settings. */
  #quantity(name: string): Quantity | undefined {
    const dimension = /^(block|grid|blockDim|gridDim)(?:\.([xyz]))?$/.exec(name);
    if (dimension !== null && !this.numbers.has(name)) {
      const size = dimension[1]?.startsWith('block') ? this.block : this.grid;
      const axis = 'xyz'.indexOf(dimension[2] ?? 'x') as 0 | 1 | 2;
      // Without an axis only a size along x is one number.
      if (size === undefined || (dimension[2] === undefined && size[1] * size[2] !== 1)) return undefined;
      return BigInt(size[axis]);
    }
    const known = this.numbers.get(name);
    if (isPoint(known)) return known.float === true || !Number.isInteger(known.lo) ? known.lo : BigInt(known.lo);
    const constant = constantOf(this.request.model, this.kernel, name);
    if (constant !== undefined) return constant;
    const host = this.launch === undefined ? undefined : this.host.evaluate(name);
    return host === undefined || host.assumed.length > 0 || !Number.isInteger(host.value)
      ? undefined
      : BigInt(host.value);
  }
}
