import { TextDocument } from 'vscode-languageserver-textdocument';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../protocol/src';
import { OpenDocument } from '../../../server/src/documents';
import { codeActions } from '../../../server/src/handlers/code-action';
import type { Session } from '../../../server/src/session';
import { sharedParser } from '../analysis/support';

const uri = 'file:///silence.cu';
const settings = parseSettings({});

async function open(text: string): Promise<OpenDocument> {
  return OpenDocument.open(await sharedParser(), uri, 'cuda-cpp', 1, text);
}

/** The text after the action that has this title, and what the lint still finds in it. */
async function apply(text: string, title: string): Promise<{ text: string; left: string[] }> {
  const document = await open(text);
  const session = { settings, document: () => document } as unknown as Session;
  const actions = codeActions(session, {
    textDocument: { uri },
    range: { start: document.positionAt(0), end: document.positionAt(text.length) },
    context: { diagnostics: [] },
  });
  const edits = actions.find((action) => action.title === title)!.edit!.changes![uri]!;
  const changed = TextDocument.applyEdits(TextDocument.create(uri, 'cuda-cpp', 1, text), edits);
  document.dispose();
  const after = await open(changed);
  const left = after.lint(settings).map(({ rule }) => rule);
  after.dispose();
  return { text: changed, left };
}

describe('each lint finding can be silenced', () => {
  const head = '__global__ void k(float* a);\nvoid run(float* a) {\n';
  const source = `${head}  k<<<0, 2048>>>(a);\n}\n`;

  it('for its line, indented as the line is', async () => {
    expect(await apply(source, 'Disable block-too-large for this line')).toEqual({
      text: `${head}  // kernel-lens-disable-next-line block-too-large\n  k<<<0, 2048>>>(a);\n}\n`,
      left: ['zero-launch-dim'],
    });
  });

  it('for its line in a file with CRLF and tabs', async () => {
    const windows = source.replaceAll('  k', '\t\tk').replaceAll('\n', '\r\n');
    const { text, left } = await apply(windows, 'Disable zero-launch-dim for this line');
    expect(text).toContain('{\r\n\t\t// kernel-lens-disable-next-line zero-launch-dim\r\n\t\tk<<<');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(left).toEqual(['block-too-large']);
  });

  it('together with what is silenced there already', async () => {
    const silenced = `${head}  // kernel-lens-disable-next-line zero-launch-dim -- an example\n  k<<<0, 2048>>>(a);\n}\n`;
    const { text, left } = await apply(silenced, 'Disable block-too-large for this line');
    expect(text).toContain('disable-next-line zero-launch-dim, block-too-large -- an example\n');
    expect(left).toEqual([]);
  });

  it('for the whole file', async () => {
    const { text, left } = await apply(source, 'Disable block-too-large for this file');
    expect(text).toBe(`// kernel-lens-disable-file block-too-large\n${source}`);
    expect(left).toEqual(['zero-launch-dim']);
  });
});
