/** The `main` that runs one kernel as its LaunchPlan says. */
import type { Dim3, Fill, LaunchPlan, PlannedArgument, ScalarArgument, ScalarType } from '../../../../protocol/src';
import { lineDirective } from '../../toolchain';
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
  return [
    lineDirective(1, file),
    '#include <kernel_lens/driver.h>',
    'int main() {',
    `  const ::__kl::PlannedLaunch plan{"${escapePath(plan.file)}", ${plan.line}, ${dim3(plan.grid)}, ${dim3(plan.block)}, ` +
      `${plan.sharedBytes}, ${cooperative}};`,
    '  const ::__kl::PlannedArgument arguments[] = {',
    ...values,
    // An array has at least one element.
    '    ::__kl::planOpaque()};',
    `  return ::__kl::runKernel<${plan.arguments.length}>(plan, ${kernel}, arguments);`,
    '}',
    '',
  ].join('\n');
}

function dim3([x, y, z]: Dim3): string {
  return `dim3(${x}u, ${y}u, ${z}u)`;
}

function plannedValue(argument: PlannedArgument): string {
  switch (argument.kind) {
    case 'buffer': {
      const { element } = argument;
      const written = argument.access !== 'read';
      return (
        `::__kl::planBuffer("${escapePath(argument.name)}", ::__kl::Scalar::${scalarNames[element.scalar]}, ` +
        `${element.bytes}, ${argument.count}, ${fillValue(argument.fill)}, ${written})`
      );
    }
    case 'scalar':
      return scalarValue(argument);
    case 'pointers':
    case 'struct':
    case 'opaque':
      return '::__kl::planOpaque()';
  }
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
