/** What a directive, or the request itself, sets: values for the planner, each with its origin. Pure. */
import * as l10n from '@vscode/l10n';
import type { Dim3, Fill, Provenance } from '../../../../protocol/src';
import {
  evaluate,
  msg,
  parseCheck,
  parseDimensions,
  parseFill,
  type Directive,
  type Evaluation,
  type Lookup,
  type Quantity,
  type Setting,
} from '../../analysis/directive';
import type { Kernel } from '../../analysis/model/types';

/** Why no plan can be made; planLaunch answers with its message. */
export class Unplannable extends Error {}

type Reserved = 'block' | 'grid' | 'shared' | 'cluster' | 'cooperative' | 'check' | 'flops' | 'bytes' | 'launch';

export class PlanSettings {
  readonly #settings: ReadonlyMap<string, Setting>;
  readonly #parameters: ReadonlySet<string>;

  constructor(
    directive: Directive,
    kernel: Kernel,
    /** Values of names that no setting gives: parameters, template parameters, constants, sizes of the launch. */
    private readonly outside: (name: string) => Quantity | undefined,
  ) {
    const [problem] = directive.problems;
    if (problem !== undefined) {
      const { message, line } = problem;
      const why = l10n.t(message.text, ...message.args);
      throw new Unplannable(l10n.t('The directive in line {0} cannot be read: {1}.', line, why));
    }
    this.#settings = directive.settings;
    this.#parameters = new Set([...kernel.parameters, ...kernel.templateParameters].map((parameter) => parameter.name));
  }

  get names(): readonly string[] {
    return [...this.#settings.keys()];
  }

  get(name: string): Setting | undefined {
    return this.#settings.get(name);
  }

  /** A parameter of a reserved name is the parameter; `blockDim` and `gridDim` stay. */
  reserved(name: Reserved): Setting | undefined {
    const own = this.#parameters.has(name) ? undefined : this.#settings.get(name);
    return own ?? (name === 'block' || name === 'grid' ? this.#settings.get(`${name}Dim`) : undefined);
  }

  origin({ line }: Setting): Provenance {
    return line === undefined ? { kind: 'request' } : { kind: 'directive', line };
  }

  /** The number a setting stands for; undefined where it sets none. */
  number(setting: Setting | undefined): Quantity | undefined {
    return setting?.value === undefined ? undefined : this.evaluate(setting.value, setting);
  }

  /** As `number`, undefined too where it cannot be computed yet. */
  tried({ name, value }: Setting): number | undefined {
    if (value === undefined) return undefined;
    const found = evaluate(value, this.#lookup(name));
    return 'value' in found ? Number(found.value) : undefined;
  }

  count(text: string, setting: Setting): number {
    const value = Number(this.evaluate(text, setting));
    if (!Number.isInteger(value) || value < 1)
      this.fail(setting, l10n.t('{0} is {1}, no number of elements', text, value));
    return value;
  }

  dimensions(setting: Setting): Dim3 {
    const axes = parseDimensions({ text: setting.value ?? '', span: { start: 0, end: 0 } });
    if (axes.length > 3) this.fail(setting, l10n.t('there are three axes at most'));
    const sizes = axes.map(({ text }) => {
      const value = Number(this.evaluate(text, setting));
      if (!Number.isInteger(value) || value < 1) this.fail(setting, l10n.t('{0} is {1}, no size', text, value));
      return value;
    });
    const [x = 1, y = 1, z = 1] = sizes;
    return [x, y, z];
  }

  fill(setting: Setting, integral: boolean): Fill | undefined {
    if (setting.value === undefined) return undefined;
    const fill = parseFill({ text: setting.value, span: { start: 0, end: 0 } });
    if (fill === undefined) {
      this.fail(setting, l10n.t('a buffer is filled with zeros, ones, ramp, random, random(low, high) or constant(x)'));
    }
    if (fill.kind === 'ramp') return fill;
    if (fill.kind === 'constant') return { kind: 'constant', value: Number(this.evaluate(fill.value.text, setting)) };
    if (fill.low === undefined || fill.high === undefined) return { kind: 'random', low: 0, high: integral ? 100 : 1 };
    const [low, high] = [fill.low, fill.high].map(({ text }) => Number(this.evaluate(text, setting)));
    if (low === undefined || high === undefined || !(low < high))
      this.fail(setting, l10n.t('random(low, high) is empty'));
    return { kind: 'random', low, high };
  }

  check(setting: Setting): { reference?: string; tolerance?: number } {
    if (setting.value === undefined) return {};
    const { reference, tolerance } = parseCheck({ text: setting.value, span: { start: 0, end: 0 } });
    return {
      ...(reference === undefined ? {} : { reference: reference.text }),
      ...(tolerance === undefined ? {} : { tolerance: Number(this.evaluate(tolerance.text, setting)) }),
    };
  }

  evaluate(text: string, setting: Setting): Quantity {
    const found = evaluate(text, this.#lookup(setting.name));
    return 'value' in found ? found.value : this.fail(setting, l10n.t(found.problem.text, ...found.problem.args));
  }

  fail({ name, line, value, size }: Setting, why: string): never {
    const written = `${name}${size === undefined ? '' : `[${size}]`}${value === undefined ? '' : `=${value}`}`;
    throw new Unplannable(
      line === undefined
        ? l10n.t('{0} cannot be used: {1}.', written, why)
        : l10n.t('{0} in the directive in line {1} cannot be used: {2}.', written, line, why),
    );
  }

  /** Settings first; a fill, a type or a size of several axes is no number, so the name means what the planner knows. */
  #lookup(own: string, inside: ReadonlySet<string> = new Set([own])): Lookup {
    return (name) => {
      const text = this.#settings.get(name)?.value;
      if (text !== undefined && inside.has(name) && name === own && this.outside(name) === undefined) {
        return { problem: msg("'{0}' is computed from itself", name) };
      }
      const set = text === undefined || inside.has(name) ? undefined : this.#chained(name, text, inside);
      if (set !== undefined) return set;
      const value = this.outside(name);
      return value === undefined ? undefined : { value };
    };
  }

  #chained(name: string, text: string, inside: ReadonlySet<string>): Evaluation | undefined {
    const found = evaluate(text, this.#lookup(name, new Set([...inside, name])));
    return 'value' in found ? found : undefined;
  }
}
