import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = path.resolve(__dirname, '../../..');

interface Text {
  readonly text: string;
  readonly place: string;
}

/** Every text handed to `l10n.t` (client and server) or `msg` (the lint rules), and calls that hand over something else. */
function collect(): { texts: Text[]; unreadable: string[] } {
  const texts: Text[] = [];
  const unreadable: string[] = [];
  for (const folder of ['client/src', 'server/src']) {
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.ts') || entry.endsWith('.d.ts')) continue;
      const file = path.join(folder, entry);
      const source = ts.createSourceFile(
        file,
        readFileSync(path.join(root, file), 'utf8'),
        ts.ScriptTarget.Latest,
        true,
      );
      const visit = (node: ts.Node): void => {
        if (ts.isCallExpression(node) && localizes(node.expression)) {
          const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
          const first = node.arguments[0];
          const branches = first ? alternatives(first) : [];
          if (branches.every(ts.isStringLiteralLike) && branches.length > 0) {
            for (const literal of branches) texts.push({ text: literal.text, place });
          } else if (!isHandOver(first)) {
            unreadable.push(place);
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
  }
  return { texts, unreadable };
}

function localizes(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'msg';
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 't') return false;
  const owner = callee.expression;
  return (
    (ts.isIdentifier(owner) && owner.text === 'l10n') ||
    (ts.isPropertyAccessExpression(owner) && owner.name.text === 'l10n')
  );
}

function alternatives(node: ts.Expression): ts.Expression[] {
  if (ts.isParenthesizedExpression(node)) return alternatives(node.expression);
  if (ts.isConditionalExpression(node)) return [...alternatives(node.whenTrue), ...alternatives(node.whenFalse)];
  return [node];
}

/** `l10n.t(message.text, …)`: the text of a `msg` made elsewhere, collected there. */
function isHandOver(node: ts.Expression | undefined): boolean {
  return node !== undefined && ts.isPropertyAccessExpression(node) && node.name.text === 'text';
}

const { texts, unreadable } = collect();
const korean = JSON.parse(readFileSync(path.join(root, 'l10n/bundle.l10n.ko.json'), 'utf8')) as Record<string, string>;

test('texts are literals, so that they can be translated', () => {
  expect(unreadable).toEqual([]);
  expect(texts.length).toBeGreaterThan(50);
});

test('every text is there in Korean', () => {
  const missing = texts.filter(({ text }) => !Object.hasOwn(korean, text));
  expect(missing.map(({ text, place }) => `${place}: ${text}`)).toEqual([]);
});

test('no Korean text has lost its English', () => {
  const used = new Set(texts.map(({ text }) => text));
  expect(Object.keys(korean).filter((text) => !used.has(text))).toEqual([]);
});

test('Korean texts have the placeholders and the code of the English ones', () => {
  const fixed = (text: string) => (text.match(/\{\d+\}|`[^`]+`|__\w+__|\bcuda[A-Z]\w+/g) ?? []).sort();
  for (const [english, translated] of Object.entries(korean))
    expect(fixed(translated), english).toEqual(fixed(english));
});
