/** PTX and SASS for the editor and the terminal: built once a text, shown for a kernel or for the whole file. */
import * as l10n from '@vscode/l10n';
import type { CancellationToken } from 'vscode-languageserver';
import type { AssemblyAnswer, AssemblyParams } from '../../../../protocol/src';
import { computeCapabilityOf, type FileModel, type Kernel } from '../../analysis';
import { symbolsOf } from '../../builds';
import { buildAssembly, withCallees, type Assembly, type AssemblyBuild } from '../../profiler/assembly';
import { planLaunch } from '../../runner';
import { buildTarget } from '../../runner/gpu/architecture';
import { instantiationOf } from '../../runner/gpu/instantiate';
import type { Session } from '../../session';
import type { Toolkit } from '../../toolchain';
import { listingText } from './text';

/** A text to disassemble. */
export interface AssemblySource {
  readonly file: string;
  readonly text: string;
  readonly model: FileModel;
}

export interface AssemblyChoice {
  readonly kind: 'ptx' | 'sass';
  readonly kernel?: string;
  readonly architecture?: string;
}

type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Builds are kept for the switch between PTX and SASS, kernels and architectures. */
const keptBuilds = 6;

export class Assemblies {
  #builds = new Map<string, Assembly>();

  constructor(
    private readonly session: Session,
    /** One compilation at a time in the editor. */
    private readonly inTurn: InTurn = (work) => work(),
  ) {}

  /** Files that the kept builds included may have changed. */
  forget(): void {
    this.#builds.clear();
  }

  async answer(params: AssemblyParams, token: CancellationToken): Promise<AssemblyAnswer> {
    const { session } = this;
    const document = session.document(params.uri);
    if (document === undefined) return failed(l10n.t('{0} is not open.', params.uri));
    const text = params.before === true ? session.saves.before(params.uri, document.content)?.text : document.content;
    if (text === undefined) return failed(l10n.t('There is no earlier save in this session to compare with.'));
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const { file, model, version } = document;
    const answer = await this.of({ file, text, model }, params, controller.signal);
    return answer.status === 'ok' ? { ...answer, version } : answer;
  }

  async of(source: AssemblySource, choice: AssemblyChoice, signal: AbortSignal): Promise<AssemblyAnswer> {
    const { session } = this;
    if (!session.trusted) {
      return failed(
        l10n.t('The workspace is not trusted, so nothing in it is compiled or run. Trust it to run kernels.'),
      );
    }
    const search = await session.toolkit();
    if (!search.found) return failed(search.message);
    const { toolkit } = search;
    const kernel = choice.kernel === undefined ? undefined : kernelNamed(source.model, choice.kernel);
    if (choice.kernel !== undefined && kernel === undefined) {
      return failed(l10n.t('There is no kernel named {0} in this file.', choice.kernel));
    }
    const compilation = await session.compilation(source.file);
    const architecture = [choice.architecture ?? compilation.architecture].find(
      (name) => computeCapabilityOf(name) !== undefined,
    );
    const build = (instantiation?: string) =>
      this.#build({ source, toolkit, architecture, flags: compilation.flags, signal }, instantiation);
    let built = await build();
    if (built.status !== 'ok') return failure(built);
    let symbols = kernel && symbolsOf(kernel, entriesOf(built));
    if (kernel !== undefined && symbols?.length === 0 && kernel.templateParameters.length > 0) {
      // Nothing instantiates the template: the launch plan's own arguments do.
      const plan = planLaunch({ ...source, kernel: kernel.name, defaults: session.settings.run });
      const instantiation = 'message' in plan ? undefined : instantiationOf(plan);
      if (instantiation !== undefined) built = await build(instantiation);
      if (built.status !== 'ok') return failure(built);
      symbols = symbolsOf(kernel, entriesOf(built));
    }
    if (kernel !== undefined && symbols?.length === 0) {
      return failed(
        kernel.templateParameters.length > 0
          ? l10n.t('nvcc emitted no code for {0}: nothing in this file instantiates the template.', kernel.name)
          : l10n.t('nvcc emitted no code for {0}: is it inside an #if that is off for this architecture?', kernel.name),
      );
    }
    return listingText({
      assembly: built,
      kind: choice.kind,
      file: source.file,
      toolkit,
      architecture,
      select: (listing) => (symbols === undefined ? listing.functions : withCallees(listing, new Set(symbols))),
      kernel: kernel?.name,
    });
  }

  async #build(
    request: {
      source: AssemblySource;
      toolkit: Toolkit;
      architecture: string | undefined;
      flags: readonly string[];
      signal: AbortSignal;
    },
    instantiation: string | undefined,
  ): Promise<AssemblyBuild> {
    const { source, toolkit, architecture, signal } = request;
    const target = buildTarget(String(computeCapabilityOf(architecture) ?? ''), request.flags);
    const chosen = architecture === undefined || /[af]$/.test(architecture) ? architecture : target.architecture;
    const key = JSON.stringify([toolkit.nvcc, chosen, target.flags, source.file, source.text, instantiation]);
    const known = this.#builds.get(key);
    if (known !== undefined) return known;
    const built = await this.inTurn(() =>
      buildAssembly({
        toolkit,
        source: { file: source.file, text: source.text, flags: target.flags },
        architecture: chosen,
        ...(instantiation === undefined ? {} : { instantiation }),
        signal,
      }),
    );
    if (built.status !== 'ok') return built;
    this.#builds.set(key, built);
    const [oldest] = this.#builds.keys();
    if (this.#builds.size > keptBuilds && oldest !== undefined) this.#builds.delete(oldest);
    return built;
  }
}

function kernelNamed(model: FileModel, name: string): Kernel | undefined {
  const named = model.kernels.filter((kernel) => kernel.name === name);
  return named.find(({ body }) => body !== undefined) ?? named[0];
}

function entriesOf({ ptx }: Assembly): string[] {
  return ptx.functions.filter(({ entry }) => entry).map(({ symbol }) => symbol);
}

function failed(message: string): AssemblyAnswer {
  return { status: 'failed', message };
}

function failure(built: Exclude<AssemblyBuild, Assembly>): AssemblyAnswer {
  if (built.status === 'cancelled') return { status: 'cancelled' };
  const { message, output } = built;
  return { status: 'failed', message, ...(output === undefined || output.trim() === '' ? {} : { output }) };
}
