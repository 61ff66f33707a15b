import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { rules } from '../../../server/src/analysis';

const root = path.resolve(__dirname, '../../..');
const page = path.join(root, 'docs/lint.md');
const byId = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));

/** The table of docs/lint.md, from the rules themselves. */
function table(): string {
  const rows = byId.map(({ id, severity, summary, optIn }) => [
    `[${id}](rules/${id}.md)`,
    optIn ? `off (${severity})` : severity,
    summary,
  ]);
  const head = ['rule', 'severity', 'what it finds'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

test('docs/lint.md lists every rule as it is', async () => {
  const text = await readFile(page, 'utf8');
  const updated = text.replace(/^\| rule [\s\S]*?\n(?=\n|$(?![\s\S]))/m, `${table()}\n`);
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(page, updated);
  else expect(text, 'UPDATE_DOCS=1 writes the table').toBe(updated);
});

test('the settings editor knows every rule by name', async () => {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const setting = manifest.contributes.configuration.properties['kernelLens.lint.rules'];
  expect(setting.propertyNames.enum).toEqual(byId.map(({ id }) => id));
});
