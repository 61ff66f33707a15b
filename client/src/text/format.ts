/** Words and markdown around the numbers. Pure. */
/** `vscode.l10n`, or a stand-in where there is no VS Code. */
export interface Localizer {
  t(message: string, ...args: (string | number | boolean)[]): string;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Text in a markdown table's cell or paragraph, shown as it is. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#~$]/g, (character) => `\\${character}`).replace(/\s*\n\s*/g, ' ');
}

/** Inline code in a markdown table's cell: a bar would end the cell, even within backquotes. */
export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')}${fence}`;
}
