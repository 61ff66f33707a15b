/** What is kept from one keystroke to the next must never show: after each edit the findings are those of the text parsed anew. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel, formatMessage, lint, rules, type ParsedDocument } from '../../../server/src/analysis';
import { root, sharedParser } from './support';

const parser = await sharedParser();
const severities = Object.fromEntries(rules.map(({ id, severity }) => [id, severity]));
const fixtures = path.join(root, 'test/fixtures/rules');

/** A generator of numbers that are the same in each run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function findings(document: ParsedDocument): string[] {
  return lint(document, buildModel(document), { severities }).map(
    ({ rule, span, message, fixes }) =>
      `${rule} ${span.start}-${span.end} ${formatMessage(message)} ${JSON.stringify(fixes.map(({ edits }) => edits))}`,
  );
}

/** Fixtures of every so many rules in one text, which speak of each other where they use the same names. */
function textOf(part: number, parts: number): string {
  return readdirSync(fixtures)
    .filter((_, i) => i % parts === part)
    .flatMap((rule) => {
      const file = readdirSync(path.join(fixtures, rule)).find((name) => /^(?!silent|.*\.fix).*\.cu$/.test(name));
      return file ? [readFileSync(path.join(fixtures, rule, file), 'utf8')] : [];
    })
    .join('\n');
}

const typed = [
  'x',
  '1',
  ' ',
  '\n',
  ';',
  '= 0',
  'n = 5;',
  '* 2',
  '(',
  '}',
  '/* */',
  '__syncthreads();',
  '.y',
  '#define n 3\n',
];

describe('findings after edits', () => {
  const parts = 12;
  it.each(Array.from({ length: parts }, (_, part) => part))('are those of a fresh parse: text %i', (part) => {
    const below = numbers(part + 1);
    let text = textOf(part, parts);
    const document = parser.parse(text);
    findings(document);
    for (let round = 0; round < 16; round++) {
      const words = [...text.matchAll(/\w+|[<>=+*;]/g)];
      const place = words[below(words.length)]!;
      const kind = below(4);
      const other = words[below(words.length)]![0];
      const edit = {
        offset: place.index,
        removed: kind === 0 ? 0 : place[0].length,
        text: kind === 1 ? other : kind === 2 ? '' : typed[below(typed.length)]!,
      };
      const before = text;
      text = text.slice(0, edit.offset) + edit.text + text.slice(edit.offset + edit.removed);
      document.edit([edit]);
      const fresh = parser.parse(text);
      const where = `round ${round}: '${place[0]}' at ${edit.offset} became '${edit.text}'`;
      expect(findings(document), where).toEqual(findings(fresh));
      fresh.dispose();
      // Most edits are taken back, so that the text stays a program.
      if (below(4) > 0) {
        document.replace(before);
        text = before;
        const again = parser.parse(text);
        expect(findings(document), `${where}, and back`).toEqual(findings(again));
        again.dispose();
      }
    }
    document.dispose();
  });
});
