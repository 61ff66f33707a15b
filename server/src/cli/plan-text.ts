/** A launch plan as plain text: what is launched with what, and where each value comes from. Pure. */
import path from 'node:path';
import type {
  BufferArgument,
  Fill,
  LaunchPlan,
  PlannedArgument,
  PointersArgument,
  Provenance,
  StructMember,
} from '../../../protocol/src';
import { memberRows } from '../../../protocol/src';
import { bytes, dimensions } from '../handlers/format';

/** Of `kernel-lens plan`. */
export function planText(plan: LaunchPlan): string {
  return `${[`${plan.kernel}${templateText(plan.templateArguments)}`, ...planLines(plan)].join('\n')}\n`;
}

/** What the plan takes, and where from: a line for each value. */
export function planLines(plan: LaunchPlan): string[] {
  const { provenance, templateArguments, launch } = plan;
  const from = (value: Provenance) => `(${origin(value)})`;
  const chosen = launch !== undefined && launch.count > 1 ? `, launch ${launch.index + 1} of ${launch.count}` : '';
  return [
    ...(templateArguments.length === 0
      ? []
      : [`  template   ${templateText(templateArguments)}  ${from(provenance.templateArguments)}`]),
    `  grid       ${dimensions(plan.grid)} blocks  (${origin(provenance.grid)}${chosen})`,
    `  block      ${dimensions(plan.block)} threads  ${from(provenance.block)}`,
    ...(plan.sharedBytes > 0 ? [`  shared     ${bytes(plan.sharedBytes)}  ${from(provenance.sharedBytes)}`] : []),
    ...(plan.values ?? []).map(({ name, value, provenance }) => `  value      ${name} = ${value}  ${from(provenance)}`),
    ...plan.arguments.map((argument) => `  argument   ${argumentText(argument)}`),
    ...(plan.globals ?? []).map((variable) => `  variable   ${argumentText(variable)}`),
  ];
}

export function templateText(args: readonly string[]): string {
  return args.length === 0 ? '' : `<${args.join(', ')}>`;
}

function argumentText(argument: PlannedArgument): string {
  const from = `(${origin(argument.provenance)})`;
  switch (argument.kind) {
    case 'scalar':
      return `${argument.type} ${argument.name} = ${argument.value}  ${from}`;
    case 'buffer':
      return `${argument.type} ${argument.name}: ${argument.count} elements${offsetText(argument)}  ${from}${contentsText(argument, 13)}`;
    case 'pointers':
      return `${argument.type} ${argument.name}: ${argument.pointers} pointers to ${argument.count} elements each  ${from}${contentsText(argument, 13)}`;
    case 'struct':
      return [
        `${argument.type} ${argument.name}: ${argument.bytes} bytes, zero but for its ${argument.members.length} members with a value  ${from}`,
        ...memberRows(argument.members).map(({ path, value }) => `               .${path}${memberText(value)}`),
        ...(argument.zero ?? []).map(({ path, why }) => `               .${path} stays zero: ${why}`),
      ].join('\n');
    case 'opaque':
      return `${argument.type} ${argument.name}: zero bytes  ${from}`;
  }
}

function memberText(value: StructMember['value']): string {
  const from = `(${origin(value.provenance)})`;
  if (value.kind === 'scalar') return ` = ${value.value}  ${from}`;
  return `: ${value.count} elements  ${from}${contentsText(value, 17)}`;
}

function offsetText({ offset }: BufferArgument): string {
  return offset === undefined ? '' : `, passed from element ${offset} on`;
}

/** How memory begins, on a line of its own. */
function contentsText({ fill, fillProvenance }: BufferArgument | PointersArgument, indent: number): string {
  const from = fillProvenance === undefined ? '' : `  (${origin(fillProvenance)})`;
  return `\n${' '.repeat(indent)}filled ${fillText(fill)}${from}`;
}

function fillText(fill: Fill): string {
  switch (fill.kind) {
    case 'constant':
      return `all ${fill.value}`;
    case 'ramp':
      return '0, 1, 2, …';
    case 'random':
      return `random(${fill.low}, ${fill.high})`;
  }
}

function givenText(given: readonly string[] | undefined): string {
  return given === undefined ? '' : ` with ${given.join(', ')}`;
}

function hostLine({ file, line }: Extract<Provenance, { kind: 'launchSite' | 'allocation' }>): string {
  return file === undefined ? `line ${line}` : `${path.basename(file)}, line ${line}`;
}

function origin(provenance: Provenance): string {
  switch (provenance.kind) {
    case 'launchSite':
      return `launch in ${hostLine(provenance)}${givenText(provenance.given)}`;
    case 'allocation':
      return `allocation in ${hostLine(provenance)}${givenText(provenance.given)}`;
    case 'directive':
      return `directive in line ${provenance.line}`;
    case 'request':
      return 'set on the command line';
    case 'default':
      return `default: ${provenance.why}`;
  }
}
