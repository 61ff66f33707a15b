/** The documents that Kernel Lens works on. */
import type * as vscode from 'vscode';

export const languageId = 'cuda-cpp';

export const documentSelector = [
  { scheme: 'file', language: languageId },
  { scheme: 'untitled', language: languageId },
  // A header stays ours when another extension has taken its language.
  { scheme: 'file', pattern: '**/*.cuh' },
];

export function isCuda(document: vscode.TextDocument): boolean {
  return document.languageId === languageId || (document.uri.scheme === 'file' && document.uri.path.endsWith('.cuh'));
}
