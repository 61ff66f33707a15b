/** The address of a listing: which source, kernel, language and architecture it is of. */
import * as vscode from 'vscode';
import type { AssemblyKind } from '../../../protocol/src/assembly';

export const assemblyScheme = 'kernel-lens-asm';

export interface AssemblyPlace {
  /** Of the source. */
  readonly uri: string;
  readonly kind: AssemblyKind;
  /** What was asked for, where PTX stands in for it. */
  readonly asked?: 'sass';
  /** All of the file when absent. */
  readonly kernel?: string;
  /** The kernel that *One Kernel* goes back to. */
  readonly cursor?: string;
  readonly architecture?: string;
  /** A text to be compared, without addresses. */
  readonly compare?: 'now' | 'lastSave' | 'baseline';
}

export function uriOf(place: AssemblyPlace): vscode.Uri {
  const file = vscode.Uri.parse(place.uri).path.split('/').pop() ?? '';
  const name = place.kernel ?? file;
  const target = place.architecture === undefined ? '' : ` ${place.architecture}`;
  return vscode.Uri.from({
    scheme: assemblyScheme,
    path: `/${name.replaceAll('/', '')}${target}.${place.kind}`,
    query: JSON.stringify(place),
  });
}

export function placeOf(uri: vscode.Uri): AssemblyPlace | undefined {
  if (uri.scheme !== assemblyScheme) return undefined;
  return JSON.parse(uri.query) as AssemblyPlace;
}
