/** Launches of a kernel that stand in other files of its project, and the text that a plan reads its host's values from. Pure. */
import { kernelOf } from '../../analysis/model/lookups';
import type { CType, FileModel, Kernel, Launch } from '../../analysis/model/types';
import { includedMacro } from './compiled';
import { bestLaunch } from './launch-choice';
import { SourceText } from './source-text';

/** Another file of the project. */
export interface LaunchingFile {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  readonly model: FileModel;
  /** Whether it includes the kernel's file. */
  readonly includes: boolean;
}

/** What the host says about a launch: the launch if there is one, and the text and model that it stands in. */
export interface Site {
  readonly launch: Launch | undefined;
  readonly source: SourceText;
  readonly model: FileModel;
  readonly text: string;
  /** Absent where it is the kernel's own. */
  readonly file?: string;
}

export function siteIn(
  { model, text }: { readonly model: FileModel; readonly text: string },
  launch: Launch | undefined,
  file?: string,
): Site {
  return { launch, source: sourceOf(model, text), model, text, ...(file === undefined ? {} : { file }) };
}

export function sourceOf(model: FileModel, text: string): SourceText {
  return SourceText.of(text, model, (name) => includedMacro(model, name));
}

/** The launch of another file that tells most, in the first file that has one that may be compiled. */
export function siteElsewhere(kernel: Kernel, files: readonly LaunchingFile[]): Site | undefined {
  for (const { file, text, model, includes } of files) {
    const launch = bestLaunch(model, text, launchesIn(model, kernel, includes));
    if (launch !== undefined) return siteIn({ model, text }, launch, file);
  }
  return undefined;
}

/** Launches of the kernel through the file's include of it, or through a declaration. */
export function launchesIn(model: FileModel, kernel: Kernel, includes: boolean): Launch[] {
  return model.launches.filter((launch) => {
    const target = launch.broken ? undefined : kernelOf(model, launch);
    if (target?.name !== kernel.name) return false;
    return (target.body === undefined || (includes && launch.imported === target)) && sameParameters(target, kernel);
  });
}

function sameParameters({ parameters }: Kernel, kernel: Kernel): boolean {
  return (
    parameters.length === kernel.parameters.length &&
    parameters.every(({ type }, index) => sameType(type, kernel.parameters[index]!.type))
  );
}

/** The base is left out: it is resolved as far as a file sees what it stands for, and templates name theirs as they like. */
function sameType(a: CType, b: CType): boolean {
  return a.pointers === b.pointers && a.reference === b.reference;
}
