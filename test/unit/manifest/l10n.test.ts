import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = path.resolve(__dirname, '../../..');

/** Where sentences are not said to people in their language, and why. */
const english = [
  'server/src/cli', // the terminal's language
  'server/src/analysis/model', // why a value is not known, for the rules
  'server/src/analysis/rules', // summaries, for the terminal and SARIF; findings go through msg
  'server/src/toolchain/warm', // the log's
  'server/src/runner/gpu/warm-builds.ts', // the log's
  'server/src/tuning/sweep.ts', // the terminal's
  'server/src/toolchain/clangd.ts', // comments of a .clangd
  'client/src/features/language-model-tools.ts', // read by a model
];

interface Text {
  readonly text: string;
  readonly place: string;
}

/**
 * Every text handed to `l10n.t` (client and server) or `msg` (the lint rules), calls that hand over something else, and
 * sentences that are handed to neither.
 */
function collect(): { texts: Text[]; unreadable: string[]; sentences: string[] } {
  const texts: Text[] = [];
  const unreadable: string[] = [];
  const sentences: string[] = [];
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
      const isEnglish = english.some((place) => file.startsWith(place));
      const visit = (node: ts.Node): void => {
        const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
        if (!isEnglish && isSentence(node) && !isSaidElsewhere(node)) sentences.push(`${place}: ${node.getText()}`);
        if (ts.isCallExpression(node) && localizes(node.expression)) {
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
  return { texts, unreadable, sentences };
}

/** Four words in a row, one of them English as it is written: no C declaration, no list of names, no script or markup. */
function isSentence(node: ts.Node): boolean {
  const text = ts.isStringLiteralLike(node)
    ? node.text
    : ts.isTemplateExpression(node)
      ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}')
      : '';
  return (
    /\b[A-Za-z]{2,}(?:,? [a-z]{2,}){3,}/.test(text) &&
    /\b(?:the|is|are|was|it|not|no|of|to|in|and|or|by|with|has|have|cannot)\b/.test(text) &&
    !/^#|^[^(]*\w\(.*\)$|[<{;]\n|\n[ .#]/.test(text)
  );
}

/** Handed over to be translated, or thrown: a bug, for the log. */
function isSaidElsewhere(node: ts.Node): boolean {
  for (let at = node.parent; at !== undefined && !ts.isStatement(at); at = at.parent) {
    if (
      ts.isCallExpression(at) &&
      (localizes(at.expression) || /(?:^|[.#])log\b|^this\.client\.(?:error|warn)$/.test(at.expression.getText()))
    )
      return true;
    if (ts.isNewExpression(at) && /Error$/.test(at.expression.getText())) return true;
  }
  return false;
}

/** What the CPU runtime says to people, in C++: `Message{"…", {…}}`, a text in pieces or not. */
function collectRuntime(): Text[] {
  const folder = 'server/runtime/cpu/src';
  return readdirSync(path.join(root, folder)).flatMap((name) => {
    const file = path.join(folder, name);
    const source = readFileSync(path.join(root, file), 'utf8');
    return [...source.matchAll(/\bMessage(?: \w+)?\{\s*((?:"(?:[^"\\]|\\.)*"\s*)+)[,}]/g)].flatMap((match) => {
      const text = [...(match[1] ?? '').matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([piece]) => JSON.parse(piece) as string);
      const line = source.slice(0, match.index).split('\n').length;
      return text.join('') === '' ? [] : [{ text: text.join(''), place: `${file}:${line}` }];
    });
  });
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

const { texts: ofSources, unreadable, sentences } = collect();
const ofRuntime = collectRuntime();
const texts = [...ofSources, ...ofRuntime];
const korean = JSON.parse(readFileSync(path.join(root, 'l10n/bundle.l10n.ko.json'), 'utf8')) as Record<string, string>;

test('texts are literals, so that they can be translated', () => {
  expect(unreadable).toEqual([]);
  expect(ofSources.length).toBeGreaterThan(50);
  expect(ofRuntime.length).toBeGreaterThan(20);
});

test('what people read is handed over to be translated', () => {
  expect(sentences).toEqual([]);
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
