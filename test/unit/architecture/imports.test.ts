import { ESLint } from 'eslint';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(__dirname, '../../..');

/** A file that stands in each room: its text is replaced by one import, so that the rules see a real place. */
const places = {
  client: 'client/src/context.ts',
  protocol: 'protocol/src/plan.ts',
  analysis: 'server/src/analysis/index.ts',
  model: 'server/src/analysis/model/types.ts',
  toolchain: 'server/src/toolchain/index.ts',
  runner: 'server/src/runner/backend.ts',
  'GPU child': 'server/src/runner/gpu/child/main.ts',
  process: 'server/src/process/index.ts',
  check: 'server/src/check/index.ts',
  handlers: 'server/src/handlers/run.ts',
  server: 'server/src/server.ts',
  test: 'test/unit/architecture/imports.test.ts',
} as const;

type Place = keyof typeof places;

/** Every arrow that must not be drawn. */
const forbidden: [Place, string][] = [
  ['client', 'server/src/session'],
  ['client', 'server/src/analysis'],
  ['client', 'server/src/process'],
  ['client', 'execa'],
  ['client', 'node:child_process'],
  ['client', 'koffi'],
  ['protocol', 'client/src/context'],
  ['protocol', 'server/src/analysis/model/types'],
  ['protocol', 'node:path'],
  ['protocol', 'vscode'],
  ['analysis', 'server/src/toolchain'],
  ['analysis', 'server/src/runner/backend'],
  ['analysis', 'server/src/process'],
  ['analysis', 'server/src/check'],
  ['analysis', 'server/src/handlers/run'],
  ['analysis', 'server/src/session'],
  ['analysis', 'node:fs'],
  ['analysis', 'vscode-languageserver'],
  ['analysis', 'execa'],
  ['model', 'server/src/toolchain'],
  ['model', 'node:fs/promises'],
  ['toolchain', 'server/src/runner/backend'],
  ['toolchain', 'server/src/analysis'],
  ['toolchain', 'server/src/analysis/model/types'],
  ['toolchain', 'server/src/handlers/run'],
  ['toolchain', 'vscode-languageserver'],
  ['toolchain', 'execa'],
  ['toolchain', 'node:child_process'],
  ['runner', 'server/src/analysis'],
  ['runner', 'server/src/analysis/rules'],
  ['runner', 'server/src/check'],
  ['runner', 'server/src/handlers/run'],
  ['runner', 'server/src/session'],
  ['runner', 'client/src/context'],
  ['runner', 'koffi'],
  ['runner', 'child_process'],
  ['GPU child', 'execa'],
  ['GPU child', 'server/src/analysis'],
  ['process', 'server/src/toolchain'],
  ['process', 'server/src/analysis/model/types'],
  ['process', 'protocol/src'],
  ['process', 'vscode-languageserver'],
  ['check', 'server/src/runner/backend'],
  ['check', 'server/src/handlers/run'],
  ['check', 'vscode'],
  ['handlers', 'client/src/context'],
  ['handlers', 'server/src/cli/run'],
  ['handlers', 'execa'],
  ['server', 'client/src/context'],
  ['server', 'vscode'],
  ['server', 'test/support/editor'],
  ['test', 'vscode'],
];

/** Arrows that must stay possible: without them the test above would pass on a rule that forbids everything. */
const allowed: [Place, string][] = [
  ['client', 'protocol/src'],
  ['client', 'vscode'],
  ['protocol', 'zod'],
  ['analysis', 'web-tree-sitter'],
  ['analysis', 'server/src/analysis/model/types'],
  ['toolchain', 'server/src/process'],
  ['runner', 'server/src/toolchain'],
  ['runner', 'server/src/analysis/model/types'],
  ['GPU child', 'koffi'],
  ['process', 'execa'],
  ['check', 'server/src/analysis'],
  ['handlers', 'server/src/runner/backend'],
  ['server', 'server/src/handlers/run'],
];

/** The specifier that a file would use: relative for our own files, as it is for packages. */
function specifier(place: Place, target: string): string {
  if (!/^(client|protocol|server|test)\//.test(target)) return target;
  const relative = path.posix.relative(path.posix.dirname(places[place]), target);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

describe('the direction of imports', () => {
  let eslint: ESLint;
  beforeAll(() => {
    // The rules about imports only: type information is not needed, and makes this slow.
    eslint = new ESLint({
      cwd: root,
      overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
      ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports' || ruleId === 'import-x/no-restricted-paths',
    });
  });

  async function complaints(place: Place, target: string): Promise<string[]> {
    const code = `import * as it from '${specifier(place, target)}';\nexport default it;\n`;
    const [result] = await eslint.lintText(code, { filePath: path.join(root, places[place]) });
    return (result?.messages ?? []).map((message) => `${message.ruleId ?? 'parser'}: ${message.message}`);
  }

  it.each(forbidden)('forbids %s → %s', async (place, target) => {
    const found = await complaints(place, target);
    expect(found).not.toEqual([]);
    for (const message of found) expect(message).toMatch(/^(no-restricted-imports|import-x\/no-restricted-paths): /);
  });

  it.each(allowed)('allows %s → %s', async (place, target) => {
    expect(await complaints(place, target)).toEqual([]);
  });
});
