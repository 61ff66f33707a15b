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
    return file === undefined ? undefined : { file: file.replace(/\\(.)/g, '$1'), line: Number(loc[2]) };
  }
  return undefined;
}
