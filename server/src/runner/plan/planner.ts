/** Makes the plan of one kernel and one of its launches: sizes first, then the memory that they reach. Pure. */
import * as l10n from '@vscode/l10n';
import type {
  CheckRequest,
  LaunchPlan,
  NamedValue,
  PlanFailure,
  PlannedArgument,
  ScalarArgument,
} from '../../../../protocol/src';
import { reservedMeaning, type Directive, type Setting } from '../../analysis/directive';
import type { Kernel, Parameter } from '../../analysis/model/types';
import { defaultTolerance } from '../check/tolerance';
import { planArguments, type PlannedScalars } from './arguments';
import { contentsOf, type BufferContext } from './buffers';
import { isFloating } from './elements';
import type { Site } from './elsewhere';
import { fallbackOf, largestOf, productOf } from './extents';
import { globalsOf, planGlobal } from './globals';
import { withinExtents } from './indices';
import { hull, isPoint, point, type Interval } from './interval';
import { planShape, type LaunchShape } from './launch-shape';
import type { PlanRequest } from './request';
import { planScalar, withNumber } from './scalar-arguments';
import { axesOf, launchValues } from './shape';
import { Situation } from './situation';
import { structFor } from './structs';
import { chooseTemplate, type TemplateChoice } from './templates';
import { packed, unsupported } from './unsupported';

export class Planner {
  readonly #situation: Situation;

  constructor(
    private readonly request: PlanRequest,
    private readonly kernel: Kernel,
    site: Site,
    directive: Directive,
    private readonly chosen: { readonly index: number; readonly count: number } | undefined,
  ) {
    this.#situation = new Situation(request, kernel, site, directive);
  }

  /** Template arguments alone, which cost no search for sizes; undefined where none can be chosen. */
  templateArguments(): readonly string[] | undefined {
    this.#presets();
    const template = this.#template();
    return 'message' in template ? undefined : template.arguments;
  }

  plan(): LaunchPlan | PlanFailure {
    const { kernel, request } = this;
    const situation = this.#situation;
    const pack = packed(kernel);
    if (pack !== undefined) return { message: pack };
    const named = this.#presets();
    const template = this.#template();
    if ('message' in template) return template;
    const reason = unsupported(kernel, (base) => situation.substituted(base));
    if (reason !== undefined) return { message: reason };

    const numbers = globalsOf(request.model, kernel).map((variable) => withNumber(variable, situation));
    const scalars = this.#scalars();
    const shape = planShape(situation);
    if ('message' in shape) return shape;
    const { grid, block, shared, cooperative, cluster } = shape;
    const context = this.#bufferContext(shape, scalars);
    const planned = planArguments(situation, scalars, context);
    if ('message' in planned) return planned;
    const globals = numbers.flatMap((variable) => planGlobal(variable, context) ?? []);
    const list = withinExtents(planned, globals, situation, context);
    const flops = this.#amount('flops');
    const bytes = this.#amount('bytes');
    const check = this.#check(list);
    const values = this.#namedValues(named);
    return {
      kernel: kernel.name,
      templateArguments: template.arguments,
      file: request.file,
      line: situation.source.lineOf(kernel.nameSpan.start),
      grid: grid.value,
      block: block.value,
      sharedBytes: shared.value,
      ...(cooperative ? { cooperative } : {}),
      ...(cluster === undefined ? {} : { cluster }),
      ...(this.chosen === undefined ? {} : { launch: this.chosen }),
      ...(globals.length === 0 ? {} : { globals }),
      ...(values.length === 0 ? {} : { values }),
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

  /** Gives the host's names the values of the directive: its named values, and what is passed for parameters it sets. */
  #presets(): readonly Setting[] {
    const { kernel } = this;
    const { settings, host, passedFor } = this.#situation;
    const own = new Set([...kernel.parameters, ...kernel.templateParameters].map((parameter) => parameter.name));
    const globals = new Set(globalsOf(this.request.model, kernel).map(({ name }) => name));
    const passed = new Map([...passedFor].map(([text, parameter]) => [parameter, text]));
    const named: Setting[] = [];
    for (const name of settings.names) {
      const setting = settings.get(name);
      if (setting === undefined) continue;
      const text = passed.get(name);
      if (text !== undefined && /^[A-Za-z_]\w*$/.test(text)) {
        const value = settings.tried(setting);
        // A variable that has a setting of its own keeps that one.
        const free = text === name || settings.get(text) === undefined;
        if (value !== undefined && free) host.preset(text, value);
      }
      if (own.has(name) || globals.has(name) || name.includes('.') || reservedMeaning(name) !== undefined) continue;
      named.push(setting);
      const value = settings.tried(setting);
      if (value !== undefined) host.preset(name, value);
    }
    return named;
  }

  #namedValues(stated: readonly Setting[]): NamedValue[] {
    const { settings } = this.#situation;
    return stated.map((setting) => ({
      name: setting.name,
      value: Number(settings.number(setting) ?? settings.fail(setting, l10n.t('it has no value'))),
      provenance: settings.origin(setting),
    }));
  }

  #template(): TemplateChoice | PlanFailure {
    const { kernel } = this;
    const situation = this.#situation;
    const { site, host, body, settings } = situation;
    const visible = (type: string) => situation.isVisible(type);
    const template = chooseTemplate(kernel, site, host, body.text, visible, (name) => {
      const setting = settings.get(name);
      if (setting?.value === undefined) return undefined;
      const parameter = kernel.templateParameters.find((candidate) => candidate.name === name);
      const value = parameter?.kind === 'value' ? settings.tried(setting) : undefined;
      return { text: value === undefined ? setting.value : String(value), provenance: settings.origin(setting) };
    });
    if ('message' in template) return template;
    situation.templates = template.byName;
    for (const [name, text] of template.byName) {
      const number = kernel.templateParameters.find((parameter) => parameter.name === name)?.kind === 'value';
      // `256 / 8`, `TILE`, a default of an earlier parameter.
      const value = number ? body.range(text, situation.values) : undefined;
      if (isPoint(value)) situation.numbers.set(name, point(value.lo));
    }
    return template;
  }

  /** Numbers are known before the sizes, which they may bound: parameters, and members of structures. */
  #scalars(): PlannedScalars {
    const situation = this.#situation;
    const { numbers, structs } = situation;
    const scalars = new Map<Parameter, ScalarArgument>();
    for (const [index, parameter] of this.kernel.parameters.entries()) {
      const argument = planScalar(parameter, index, situation);
      if (argument !== undefined) {
        scalars.set(parameter, argument);
        numbers.set(parameter.name, point(Number(argument.value), isFloating(argument.scalar)));
        continue;
      }
      const struct = parameter.type.pointers === 0 ? structFor(parameter, index, situation) : undefined;
      if (struct === undefined) continue;
      structs.set(parameter, struct);
      for (const { path, value } of struct.scalars) {
        const number = point(Number(value.value), isFloating(value.scalar));
        numbers.set(`${parameter.name}.${path}`, number);
        const any = `${parameter.name}.${path.replace(/\[\d+\]/g, '')}[]`;
        if (path.endsWith(']')) numbers.set(any, hull([numbers.get(any) ?? number, number]) ?? number);
      }
    }
    return scalars;
  }

  #bufferContext({ grid, block }: LaunchShape, scalars: PlannedScalars): BufferContext {
    const situation = this.#situation;
    const { source, site, body, host, settings } = situation;
    const values = launchValues(grid.value, block.value, situation.values);
    const assumedSizes =
      settings.names.length > 0 || [...scalars.values()].some(({ provenance }) => provenance.kind === 'default');
    return {
      model: this.request.model,
      source,
      site,
      body,
      host,
      settings,
      values,
      contents: (name) => values(name) ?? this.#contents(name),
      fallback: fallbackOf(situation, grid.value, block.value),
      product: productOf(situation),
      side: axesOf(situation.kernel).length > 1 ? situation.size.extent : 0,
      largest: largestOf(situation),
      assumed: assumedSizes || [block, grid].some(({ provenance }) => provenance.kind === 'default'),
      assumedSizes,
    };
  }

  /** `A[]`: what the elements of a buffer lie between. */
  #contents(name: string): Interval | undefined {
    const parameter = this.kernel.parameters.find((candidate) => `${candidate.name}[]` === name);
    if (parameter === undefined) return undefined;
    const situation = this.#situation;
    const base = situation.substituted(parameter.type.base);
    return contentsOf(parameter, base, { ...situation, model: this.request.model });
  }

  #amount(name: 'flops' | 'bytes'): number | undefined {
    const { settings } = this.#situation;
    const setting = settings.reserved(name);
    const value = settings.number(setting);
    if (setting === undefined || value === undefined) return undefined;
    return Number(value) > 0 ? Number(value) : settings.fail(setting, l10n.t('it is not above zero'));
  }

  #check(list: readonly PlannedArgument[]): CheckRequest | undefined {
    const { settings } = this.#situation;
    const setting = settings.reserved('check');
    if (setting === undefined) return undefined;
    const { reference, tolerance } = settings.check(setting);
    const allowed = tolerance ?? defaultTolerance({ arguments: list });
    if (!(allowed >= 0)) settings.fail(setting, l10n.t('the tolerance is below zero'));
    return { ...(reference === undefined ? {} : { reference }), tolerance: allowed };
  }
}
