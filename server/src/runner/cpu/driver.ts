/** The `main` that runs one kernel as its LaunchPlan says. */
import {
  scalarBytes,
  type BufferArgument,
  type Dim3,
  type Fill,
  type GlobalVariable,
  type LaunchPlan,
  type PlannedArgument,
  type ScalarArgument,
  type ScalarType,
  type StructMember,
} from '../../../../protocol/src';
import { lineDirective } from '../../toolchain';
import { parseValue, writeScalar } from '../scalars';
import { escapePath } from './rewrite';

const scalarNames: Readonly<Record<ScalarType, string>> = {
  bool: 'b',
  i8: 'i8',
  u8: 'u8',
  i16: 'i16',
  u16: 'u16',
  i32: 'i32',
  u32: 'u32',
  i64: 'i64',
  u64: 'u64',
  f16: 'f16',
  bf16: 'bf16',
  f32: 'f32',
  f64: 'f64',
};

/** Source text to append to the rewritten file. `file` is what compilers and debuggers will call it. */
export function driverSource(plan: LaunchPlan, cooperative: boolean, file: string): string {
  const templateArguments = plan.templateArguments.length > 0 ? `<${plan.templateArguments.join(', ')}>` : '';
  const kernel = `&::${plan.kernel.replace(/^::/, '')}${templateArguments}`;
  const values = plan.arguments.map((argument) => `    ${plannedValue(argument)},`);
  const reference = plan.check?.reference;
  return [
    lineDirective(1, file),
    '#include <kernel_lens/driver.h>',
    'int main() {',
    `  const ::__kl::PlannedLaunch plan{${text(plan.file)}, ${plan.line}, ${dim3(plan.grid)}, ${dim3(plan.block)}, ` +
      `${plan.sharedBytes}, ${cooperative}};`,
    '  const ::__kl::PlannedArgument arguments[] = {',
    ...values,
    // An array has at least one element.
    '    ::__kl::planOpaque()};',
    ...(plan.globals ?? []).map((variable) => `  ${plannedGlobal(variable)};`),
    ...referenceLines(plan.kernel, reference),
    `  return ::__kl::runKernel<${plan.arguments.length}>(plan, ${kernel}, arguments, reference);`,
    '}',
    '',
  ].join('\n');
}

/** Called with the kernel's own parameters, found where the kernel would find it; overloads and templates are chosen by them. */
function referenceLines(kernel: string, reference: string | undefined): string[] {
  if (reference === undefined) return ['  const ::__kl::NoReference reference{};'];
  const path = kernel.split('::').slice(0, -1);
  const namespaces = path.map((_, index) => `using namespace ::${path.slice(0, index + 1).join('::')};`);
  return [`  const auto reference = [](auto... values) { ${namespaces.join(' ')} ${reference}(values...); };`];
}

function dim3([x, y, z]: Dim3): string {
  return `dim3(${x}u, ${y}u, ${z}u)`;
}

function text(value: string): string {
  return `"${escapePath(value)}"`;
}

function plannedValue(argument: PlannedArgument): string {
  switch (argument.kind) {
    case 'buffer':
      return moved(plannedBuffer(argument.name, argument), (argument.offset ?? 0) * argument.element.bytes);
    case 'scalar':
      return scalarValue(argument);
    case 'pointers':
      return `::__kl::planPointers(${text(argument.name)}, ${argument.pointers}, ${contents(argument)})`;
    case 'struct': {
      const members = argument.members.map((member) => structMember(argument.name, member));
      return `::__kl::planStruct(${text(argument.name)}, ${argument.bytes}, {${members.join(', ')}})`;
    }
    case 'opaque':
      return '::__kl::planOpaque()';
  }
}

/** A pointer into the memory rather than to its start. */
function moved(buffer: string, offsetBytes: number): string {
  if (offsetBytes === 0) return buffer;
  return `[] { auto buffer = ${buffer}; buffer.memory = static_cast<char *>(buffer.memory) + ${offsetBytes}; return buffer; }()`;
}

type Contents = Pick<BufferArgument, 'element' | 'count' | 'fill' | 'access' | 'constant'>;

function plannedBuffer(name: string, buffer: Contents): string {
  return `::__kl::planBuffer(${text(name)}, ${contents(buffer)})`;
}

function contents({ element, count, fill, access, constant = false }: Contents): string {
  const written = access !== 'read' && !constant;
  const scalar = `::__kl::Scalar::${scalarNames[element.scalar]}`;
  return `::__kl::Contents{${scalar}, ${element.bytes}, ${count}, ${fillValue(fill)}, ${written}}`;
}

function structMember(name: string, { path, offset, value }: StructMember): string {
  if (value.kind === 'buffer') return `::__kl::planMember(${offset}, ${plannedBuffer(`${name}.${path}`, value)})`;
  const view = new DataView(new ArrayBuffer(8));
  writeScalar(view, 0, value.scalar, parseValue(value.value));
  return `::__kl::planMember(${offset}, ${scalarBytes[value.scalar]}, ${view.getBigUint64(0, true)}ull)`;
}

function plannedGlobal(variable: GlobalVariable): string {
  const name = `::${variable.name.replace(/^::/, '')}`;
  const constant = variable.constant ?? variable.space === 'constant';
  return `::__kl::planGlobal(${text(variable.name)}, &${name}, sizeof(${name}), ${contents({ ...variable, constant })})`;
}

function fillValue(fill: Fill): string {
  const [low, high] =
    fill.kind === 'constant' ? [fill.value, 0] : fill.kind === 'random' ? [fill.low, fill.high] : [0, 0];
  return `::__kl::Fill{::__kl::Fill::${fill.kind}, ${real(low)}, ${real(high)}}`;
}

/** A literal of exactly this value. */
function real(value: number): string {
  if (Number.isNaN(value)) return '__builtin_nan("")';
  if (!Number.isFinite(value)) return value < 0 ? '-__builtin_inf()' : '__builtin_inf()';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

function scalarValue(argument: ScalarArgument): string {
  const isReal = /^(?:f16|bf16|f32|f64)$/.test(argument.scalar);
  const text = argument.value.trim();
  if (isReal) return `::__kl::planReal(${real(Number(text))})`;
  // Through unsigned, because the most negative number has no literal.
  const bits = BigInt.asUintN(64, BigInt(/^[+-]?\d+$/.test(text) ? text : Math.trunc(Number(text))));
  return `::__kl::planInteger((long long)${bits}ull)`;
}
