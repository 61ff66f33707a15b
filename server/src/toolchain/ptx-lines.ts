/** The source place of a line of PTX built with -lineinfo: its nearest `.loc` above. Pure. */
export function sourceOfPtxLine(ptx: string, line: number): { file: string; line: number } | undefined {
  const lines = ptx.split('\n');
  for (let i = Math.min(line, lines.length) - 1; i >= 0; i--) {
    const text = lines[i] ?? '';
    // A function without a `.loc` before this line: nothing to go by.
    if (/^\s*(?:\.(?:visible|weak|extern)\s+)*\.(?:entry|func)\b/.test(text)) return undefined;
    const loc = /^\s*\.loc\s+(\d+)\s+(\d+)/.exec(text);
    if (loc === null) continue;
    const file = lines
      .map((candidate) => /^\s*\.file\s+(\d+)\s+"((?:[^"\\]|\\.)*)"/.exec(candidate))
      .find((m) => m?.[1] === loc[1])?.[2];
    return file === undefined ? undefined : { file: fileNameOf(file), line: Number(loc[2]) };
  }
  return undefined;
}

/** A name as it stands between the quotation marks of `.file`: bytes outside ASCII are octal, and nvdisasm prints them so. */
export function fileNameOf(quoted: string): string {
  const bytes = quoted.replace(/(?:\\[2-3][0-7]{2})+/g, (octal) =>
    Buffer.from(
      octal
        .split('\\')
        .slice(1)
        .map((digits) => parseInt(digits, 8)),
    ).toString('utf8'),
  );
  return bytes.replace(/\\([\\"])/g, '$1');
}
