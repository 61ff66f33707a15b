/** Words around the numbers. Pure. */
/** `vscode.l10n`, or a stand-in where there is no VS Code. */
export interface Localizer {
  t(message: string, ...args: (string | number | boolean)[]): string;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
