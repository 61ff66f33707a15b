/** `Configure`: the plan of a kernel as a directive above it, ready to edit. */
import type {
  ConfigureAnswer,
  Dim3,
  Fill,
  KernelRef,
  LaunchPlan,
  PlannedArgument,
  Provenance,
} from '../../../protocol/src';
import { directivesOfKernel, findDirectives, type Kernel } from '../analysis';
import { plannedKernel } from '../runner';
import type { Session } from '../session';
import { openDocument, planFor } from './run';

/** Longer directives go on in another line. */
const widest = 110;

export function configureHandler(session: Session, { uri, kernel: name }: KernelRef): ConfigureAnswer {
  const document = openDocument(session, uri);
  const kernel = plannedKernel(document.model, name);
  if ('message' in kernel) return kernel;
  const [existing] = directivesOfKernel(findDirectives(document.content), kernel);
  if (existing) {
    const end = document.content.slice(existing.content.start, existing.content.end).trimEnd().length;
    return { cursor: document.positionAt(existing.content.start + end) };
  }
  const answer = planFor(session, document, name);
  if (!('plan' in answer)) return answer;
  const line = document.positionAt(kernel.span.start).line;
  const start = document.offsetAt({ line, character: 0 });
  const indent = /^[ \t]*/.exec(document.content.slice(start, kernel.span.start))?.[0] ?? '';
  const lines = wrapped(itemsOf(answer.plan, kernel), `${indent}// kernel-lens: `);
  const end = document.content.includes('\r\n') ? '\r\n' : '\n';
  const first = lines[0] ?? '';
  return {
    line,
    insert: lines.map((text) => text + end).join(''),
    // At the first value, which is what people change.
    cursor: { line, character: Math.max(first.indexOf('=') + 1, 0) || first.length },
  };
}

/** What the launch does not tell, in the order in which people think of it. */
function itemsOf(plan: LaunchPlan, kernel: Kernel): string[] {
  const open = ({ kind }: Provenance) => kind !== 'launchSite';
  const items: string[] = [];
  if (open(plan.provenance.templateArguments)) {
    kernel.templateParameters.forEach(({ name }, index) => {
      const value = plan.templateArguments[index];
      if (value !== undefined && name !== '') items.push(`${name}=${value}`);
    });
  }
  const scalars = plan.arguments.filter((argument) => argument.kind === 'scalar' && open(argument.provenance));
  const sizes = new Map(
    scalars.flatMap((argument) => (argument.kind === 'scalar' ? [[argument.value, argument.name]] : [])),
  );
  items.push(...scalars.flatMap((argument) => itemOf(argument.name, argument, sizes)));
  const own = (name: string) => kernel.parameters.some((parameter) => parameter.name === name);
  const block = own('block') ? 'blockDim' : 'block';
  if (open(plan.provenance.block)) items.push(`${block}=${crossed(plan.block)}`);
  if (open(plan.provenance.grid)) {
    const name = own('grid') ? 'gridDim' : 'grid';
    const [x, y, z] = plan.grid;
    const covered = scalars.find(
      (argument) =>
        argument.kind === 'scalar' &&
        plan.block[1] * plan.block[2] * y * z === 1 &&
        Number(argument.value) > 1 &&
        Math.ceil(Number(argument.value) / plan.block[0]) === x,
    );
    items.push(covered ? `${name}=ceil(${covered.name}/${block})` : `${name}=${crossed(plan.grid)}`);
  }
  if (plan.sharedBytes > 0 && open(plan.provenance.sharedBytes)) items.push(`shared=${plan.sharedBytes}`);
  for (const argument of plan.arguments) {
    if (argument.kind !== 'scalar') items.push(...itemOf(argument.name, argument, sizes));
  }
  for (const variable of plan.globals ?? []) items.push(`${variable.name}=${fillOf(variable.fill)}`);
  return items;
}

function itemOf(name: string, argument: PlannedArgument, sizes: ReadonlyMap<string, string>): string[] {
  switch (argument.kind) {
    case 'scalar':
      return [`${name}=${argument.value}`];
    case 'buffer':
    case 'pointers': {
      // A size that follows from the indices keeps following them.
      const named = argument.provenance.kind === 'default' ? sizes.get(String(argument.count)) : undefined;
      return [`${name}${named === undefined ? '' : `[${named}]`}=${fillOf(argument.fill)}`];
    }
    case 'struct':
      return argument.members.flatMap(({ path, value }) =>
        // Elements of an array have no name that a directive could set.
        path.includes('[') || (value.kind === 'scalar' && value.provenance.kind === 'launchSite')
          ? []
          : itemOf(`${name}.${path}`, value, sizes),
      );
    case 'opaque':
      return [];
  }
}

/** `32x8`: axes behind the last that is more than 1 are left out. */
function crossed([x, y, z]: Dim3): string {
  if (z > 1) return `${x}x${y}x${z}`;
  return y > 1 ? `${x}x${y}` : String(x);
}

function fillOf(fill: Fill): string {
  switch (fill.kind) {
    case 'constant':
      return fill.value === 0 ? 'zeros' : fill.value === 1 ? 'ones' : `constant(${fill.value})`;
    case 'ramp':
      return 'ramp';
    case 'random':
      return `random(${fill.low}, ${fill.high})`;
  }
}

function wrapped(items: readonly string[], head: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    const longer = line === '' ? item : `${line}, ${item}`;
    if (line !== '' && head.length + longer.length > widest) {
      lines.push(head + line);
      line = item;
    } else line = longer;
  }
  return [...lines, head + line];
}
