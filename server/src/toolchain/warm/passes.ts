/** The two front end passes of an nvcc compilation, taken from nvcc's own --dryrun: what to run ahead, and how. Pure. */
import { inputPlaceholder, outputPlaceholder, type FrontEndCommand } from './front-end';
import type { Dryrun, DryrunStep } from './dryrun';

export interface Pass {
  readonly name: 'host' | 'device';
  /** Where the programs are found: nvcc before 13.0 names them without their folders. */
  readonly searchPath: string;
  /** The preprocessor and its arguments without input and output. */
  readonly preprocess: { readonly executable: string; readonly args: readonly string[] };
  readonly frontEnd: FrontEndCommand;
}

/** Both passes, or undefined where the dry run does not look as expected. */
export function passesOf(dryrun: Dryrun): { host: Pass; device: Pass } | undefined {
  const preprocessors = dryrun.steps.filter(isPreprocessor);
  const forHost = preprocessors.find((step) => !isDevice(step));
  const forDevice = preprocessors.find(isDevice);
  const cudafe = dryrun.steps.find(({ program }) => program === 'cudafe++');
  const cicc = dryrun.steps.find(({ program }) => program === 'cicc');
  if (forHost === undefined || forDevice === undefined || cudafe === undefined || cicc === undefined) return undefined;
  const searchPath = searchPathOf(dryrun);
  return {
    host: {
      name: 'host',
      searchPath,
      preprocess: preprocessorOf(forHost),
      frontEnd: { executable: cudafe.executable, args: hostArguments(cudafe.args) },
    },
    device: {
      name: 'device',
      searchPath,
      preprocess: preprocessorOf(forDevice),
      frontEnd: { executable: cicc.executable, args: deviceArguments(cicc.args) },
    },
  };
}

/** The device pass of an `nvcc -cubin` and the assembler behind it, whose input is `inputPlaceholder`, its output `outputPlaceholder`. */
export interface BuildSteps {
  readonly pass: Pass;
  readonly assembler: FrontEndCommand;
}

/** Undefined where the dry run does not look as expected, as for several architectures or link-time optimization. */
export function buildStepsOf(dryrun: Dryrun): BuildSteps | undefined {
  const only = (matches: (step: DryrunStep) => boolean) => {
    const steps = dryrun.steps.filter(matches);
    return steps.length === 1 ? steps[0] : undefined;
  };
  const preprocessor = only((step) => isPreprocessor(step) && isDevice(step));
  const cicc = only(({ program }) => program === 'cicc');
  const ptxas = only(({ program }) => program === 'ptxas');
  const others = dryrun.steps.filter((step) => ![cicc, ptxas].includes(step) && !isPreprocessor(step));
  if (preprocessor === undefined || cicc === undefined || ptxas === undefined || others.length > 0) return undefined;
  const ptx = cicc.args.at(-1) ?? '';
  // The dry run's own words must hold together: cicc writes what ptxas reads.
  if (!ptx.endsWith('.ptx') || !ptxas.args.includes(ptx)) return undefined;
  const output = ptxas.args.lastIndexOf('-o') + 1;
  return {
    pass: {
      name: 'device',
      searchPath: searchPathOf(dryrun),
      preprocess: preprocessorOf(preprocessor),
      frontEnd: {
        executable: cicc.executable,
        args: [...ciccOptions(cicc.args), inputPlaceholder, '-o', outputPlaceholder],
      },
    },
    assembler: {
      executable: ptxas.executable,
      args: ptxas.args.map((argument, index) =>
        argument === ptx ? inputPlaceholder : index === output ? outputPlaceholder : argument,
      ),
    },
  };
}

function searchPathOf({ variables }: Dryrun): string {
  return variables.get('PATH') ?? process.env['PATH'] ?? '';
}

function isPreprocessor({ program, args }: DryrunStep): boolean {
  return /^(?:gcc|g\+\+|clang\+?\+?|cc|c\+\+)/.test(program) && args.includes('-E');
}

function isDevice({ args }: DryrunStep): boolean {
  return args.some((argument) => argument.startsWith('-D__CUDA_ARCH__='));
}

/** The last argument before `-o OUT` is the source. */
function preprocessorOf({ executable, args }: DryrunStep): Pass['preprocess'] {
  const output = args.lastIndexOf('-o');
  const end = output < 0 ? args.length : output;
  return { executable, args: args.slice(0, end - 1) };
}

/** Options that write files have a value; the files are of no use here. */
const writesFile = new Set([
  '--gen_c_file_name',
  '--stub_file_name',
  '--module_id_file_name',
  '--include_file_name',
  '--gen_device_file_name',
]);

function withoutOutputs(args: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    if (writesFile.has(argument)) i++;
    else if (argument !== '--gen_module_id_file') kept.push(argument);
  }
  return kept;
}

const sarif = '--output_mode=sarif';

function hostArguments(args: readonly string[]): string[] {
  return [...withoutOutputs(args.slice(0, -1)), '--no_code_gen', sarif, inputPlaceholder];
}

/** With --device-syntax-only cicc also instantiates the templates of a source that has errors. */
function deviceArguments(args: readonly string[]): string[] {
  return [...ciccOptions(args), '--device-syntax-only', sarif, inputPlaceholder, '-o', 'out.ptx'];
}

/** Without source and outputs. */
function ciccOptions(args: readonly string[]): string[] {
  const output = args.lastIndexOf('-o');
  const end = output < 0 ? args.length : output;
  return withoutOutputs(args.slice(0, end - 1));
}
