/** The `main` that runs one kernel as its LaunchPlan says. */
import type { Dim3, LaunchPlan, PlannedArgument, ScalarArgument, ScalarType } from '../../../../protocol/src';
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
        `${element.lanes}, ${element.bytes}, ${argument.count}, ::__kl::Fill::${argument.fill}, ${written})`
      );
    }
    case 'scalar':
      return scalarValue(argument);
    case 'opaque':
      return '::__kl::planOpaque()';
  }
}

function scalarValue(argument: ScalarArgument): string {
  const isReal = /^(?:f16|bf16|f32|f64)$/.test(argument.scalar);
  const text = argument.value.trim();
  if (isReal) return `::__kl::planReal(${Number(text)})`;
  // Through unsigned, because the most negative number has no literal.
  const bits = BigInt.asUintN(64, BigInt(/^[+-]?\d+$/.test(text) ? text : Math.trunc(Number(text))));
  return `::__kl::planInteger((long long)${bits}ull)`;
}
