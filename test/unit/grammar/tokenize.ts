/** Tokens of a text as VS Code would colour it: a grammar of CUDA C++ with our injections, or PTX alone. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createOnigScanner, createOnigString, loadWASM } from 'vscode-oniguruma';
import { INITIAL, parseRawGrammar, Registry } from 'vscode-textmate';

const root = path.resolve(__dirname, '../../..');
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
  contributes: { grammars: { scopeName: string; path: string; injectTo?: string[] }[] };
};

await loadWASM(await readFile(createRequire(__filename).resolve('vscode-oniguruma/release/onig.wasm')));

export interface Token {
  readonly text: string;
  /** Innermost last, without the root. */
  readonly scopes: readonly string[];
}

export type Tokenize = (text: string) => Token[];

/** `baseFile` is the grammar of `source.cuda-cpp`; the rest is what the manifest contributes. */
export async function grammar(scope: string, baseFile: string): Promise<Tokenize> {
  const files = new Map([['source.cuda-cpp', baseFile]]);
  for (const entry of manifest.contributes.grammars) files.set(entry.scopeName, path.join(root, entry.path));
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async (name) => {
      const file = files.get(name);
      return file ? parseRawGrammar(await readFile(file, 'utf8'), file) : null;
    },
    getInjections: (name) =>
      manifest.contributes.grammars.filter((entry) => entry.injectTo?.includes(name)).map((entry) => entry.scopeName),
  });
  const loaded = await registry.loadGrammar(scope);
  if (!loaded) throw new Error(`no grammar of ${scope}`);
  return (text) => {
    let state = INITIAL;
    return text.split('\n').flatMap((line) => {
      const result = loaded.tokenizeLine(line, state);
      state = result.ruleStack;
      return result.tokens.map((token) => ({
        text: line.slice(token.startIndex, token.endIndex),
        scopes: token.scopes.slice(1),
      }));
    });
  };
}

/** The innermost scope of the first token of this text; `''` for none. */
export function scopeOf(tokens: readonly Token[], text: string): string {
  const token = tokens.find((candidate) => candidate.text.trim() === text);
  if (!token)
    throw new Error(`no token ${JSON.stringify(text)} among ${JSON.stringify(tokens.map((each) => each.text))}`);
  return token.scopes.at(-1) ?? '';
}
