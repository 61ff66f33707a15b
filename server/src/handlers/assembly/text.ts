/** The text of a listing: what was compiled, what each kernel costs, and the instructions. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { AssemblyAnswer, AssemblyKind } from '../../../../protocol/src';
import { compiledKernels, readableSymbol } from '../../builds';
import {
  codeBytes,
  countInstructions,
  render,
  type Assembly,
  type AssemblyFunction,
  type Listing,
} from '../../profiler/assembly';
import type { Toolkit } from '../../toolchain';
import { bytes, count } from '../format';
import { resourcesText } from '../hover/resources';
import { kindName } from './kind-name';

export interface ListingInput {
  readonly assembly: Assembly;
  readonly kind: AssemblyKind;
  readonly file: string;
  readonly toolkit: Toolkit;
  readonly architecture: string | undefined;
  readonly select: (listing: Listing) => readonly AssemblyFunction[];
  readonly kernel: string | undefined;
}

export function listingText(input: ListingInput): Extract<AssemblyAnswer, { status: 'ok' }> {
  const { assembly, file, toolkit } = input;
  // What was asked for, as far as it can be had.
  const listing = input.kind === 'sass' && assembly.sass !== undefined ? assembly.sass : assembly.ptx;
  const architecture = input.architecture ?? targetOf(assembly) ?? '';
  const { kind } = listing;
  const title = [
    `${kind.toUpperCase()} ${l10n.t('of {0}', path.basename(file))}`,
    architecture,
    `nvcc ${toolkit.version.full}`,
  ];
  const missing =
    kind === input.kind
      ? []
      : [
          l10n.t('There is no nvdisasm for this code, so PTX is shown instead of SASS.'),
          l10n.t(
            'nvdisasm comes with the CUDA Toolkit (package cuda-nvdisasm); it is looked for beside nvcc and on PATH.',
          ),
        ];
  const functions = input.select(listing);
  const common = {
    kind,
    module: input.kernel === undefined ? listing.module : [],
    functions,
    file,
  };
  const shown = render({
    ...common,
    head: [title.filter((part) => part !== '').join(' · '), ...missing],
    comments: (each) => summaryOf(each, kind, assembly),
    addresses: true,
  });
  const plain = render({
    ...common,
    head: [],
    comments: (each) => [readableSymbol(each.symbol)],
    addresses: false,
  });
  return { status: 'ok', kind, architecture, text: shown.text, plain: plain.text, links: shown.links, version: 0 };
}

function targetOf({ ptx, resources }: Assembly): string | undefined {
  const [first] = resources;
  return first?.architecture ?? /^\.target\s+(\w+)/m.exec(ptx.module.join('\n'))?.[1];
}

/** Comment lines before a function. */
function summaryOf(each: AssemblyFunction, kind: AssemblyKind, { resources }: Assembly): string[] {
  const usage = resources.filter(({ symbol }) => symbol === each.symbol);
  const { total, byKind } = countInstructions(kind, each);
  const size = kind === 'sass' ? codeBytes(each) : undefined;
  const what = l10n.t('{0} instructions', count(total));
  const kinds = byKind.map(([name, number]) => `${kindName(name)} ${count(number)}`);
  return [
    readableSymbol(each.symbol),
    ...(compiledKernels(usage).length > 0 ? [usageText(usage)] : []),
    `${what}${size === undefined ? '' : `, ${bytes(size)}`}${kinds.length > 0 ? `: ${kinds.join(', ')}` : ''}`,
  ];
}

function usageText(usage: Assembly['resources']): string {
  const stack = usage[0]?.stack ?? 0;
  const text = resourcesText(compiledKernels(usage));
  return stack > 0 ? `${text} · ${l10n.t('{0} stack', bytes(stack))}` : text;
}
