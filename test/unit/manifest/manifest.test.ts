import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(__dirname, '../../..');
const text = await readFile(path.join(root, 'package.json'), 'utf8');
const manifest = JSON.parse(text);
const { contributes } = manifest;

async function json(file: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(path.join(root, file), 'utf8'));
}

async function clientSource(): Promise<string> {
  const folder = path.join(root, 'client/src');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return texts.join('\n');
}

test('every text of the manifest is there in English and in Korean', async () => {
  const used = [...text.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]!).sort();
  const english = await json('package.nls.json');
  const korean = await json('package.nls.ko.json');
  expect(Object.keys(english).sort()).toEqual(used);
  expect(Object.keys(korean).sort()).toEqual(used);
  for (const [key, value] of Object.entries(korean)) {
    if (key === 'displayName') continue;
    expect(value, key).toMatch(/[가-힣]/);
    expect(codes(value), key).toEqual(codes(english[key]!));
  }
});

/** Code in the text, which no translation changes. */
function codes(value: string): string[] {
  return [...value.matchAll(/`[^`]+`/g)].map((match) => match[0]).sort();
}

test('the client registers exactly the commands of the manifest', async () => {
  const declared: string[] = contributes.commands.map((command: { command: string }) => command.command).sort();
  const registered = [...(await clientSource()).matchAll(/registerCommand\(\s*'([^']+)'/g)].map((match) => match[1]!);
  expect(registered.sort()).toEqual(declared);
});

test('commands belong to Kernel Lens and menus name existing ones', () => {
  const ids = new Set<string>();
  for (const command of contributes.commands) {
    expect(command.command).toMatch(/^kernelLens\.[a-z]\w+$/);
    expect(command.category).toBe('Kernel Lens');
    ids.add(command.command);
  }
  const menus = Object.values(contributes.menus).flat() as { command: string }[];
  for (const item of menus) expect(ids).toContain(item.command);
});

test("the client uses the manifest's colours", async () => {
  const used = [...(await clientSource()).matchAll(/'(kernelLens\.\w+Foreground)'/g)].map((match) => match[1]!);
  expect(used.sort()).toEqual(contributes.colors.map((color: { id: string }) => color.id).sort());
});

test('no language of VS Code is defined anew', () => {
  for (const language of contributes.languages) {
    expect(language.id).not.toBe('cuda-cpp');
    expect(language.extensions).not.toContain('.cu');
    expect(language.extensions).not.toContain('.cuh');
  }
});

test('files that the manifest names exist', async () => {
  const files = [
    ...contributes.grammars.map((grammar: { path: string }) => grammar.path),
    ...contributes.snippets.map((snippets: { path: string }) => snippets.path),
    ...contributes.languages.map((language: { configuration: string }) => language.configuration),
  ];
  for (const file of files) expect((await stat(path.join(root, file))).isFile(), file).toBe(true);
});

test('the oldest VS Code it says it runs on is the one its types describe', () => {
  expect(manifest.engines.vscode).toBe('^1.100.0');
  expect(manifest.devDependencies['@types/vscode']).toMatch(/^[~^]1\.100\.0$/);
});
