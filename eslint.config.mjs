// Style and, more important, architecture: which room may import which, and which package. docs/architecture.md says why.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * The rooms, and the other rooms that each may import. What is not listed is forbidden.
 * @type {Record<string, string[]>}
 */
const rooms = {
  'client/src': ['protocol/src'],
  'protocol/src': [],
  'server/src/process': [],
  'server/src/analysis': ['protocol/src'],
  'server/src/toolchain': ['protocol/src', 'server/src/process'],
  'server/src/runner': [
    'protocol/src',
    'server/src/process',
    'server/src/toolchain',
    'server/src/analysis/model',
    'server/src/analysis/directive',
  ],
  'server/src/history': ['protocol/src'],
  'server/src/profiler': [
    'protocol/src',
    'server/src/process',
    'server/src/toolchain',
    'server/src/runner',
    'server/src/analysis/model',
  ],
  'server/src/check': ['protocol/src', 'server/src/process', 'server/src/toolchain', 'server/src/analysis'],
  'server/src/tuning': ['protocol/src', 'server/src/analysis', 'server/src/runner', 'server/src/history'],
  'server/src/handlers': [
    'protocol/src',
    'server/src/process',
    'server/src/toolchain',
    'server/src/analysis',
    'server/src/runner',
    'server/src/history',
    'server/src/tuning',
    'server/src/profiler',
    'server/src/check',
  ],
};

/** Parts of a room that are named above on their own. */
const parts = ['model', 'directive', 'parse', 'rules'].map((part) => `server/src/analysis/${part}`);

/** Everything that a room may not import, as zones of import-x/no-restricted-paths. */
const zones = Object.entries(rooms).flatMap(([room, allowed]) => {
  const open = [room, ...allowed];
  const closed = [...Object.keys(rooms), ...parts].filter((other) => {
    const inside = open.some((folder) => other === folder || other.startsWith(`${folder}/`));
    // A room of which one part is open is closed part by part.
    const around = open.some((folder) => folder.startsWith(`${other}/`));
    return !inside && !around;
  });
  const message = `${room} may import ${allowed.join(', ') || 'no other room'} only.`;
  const target = `./${room}`;
  return [
    { target, from: closed.map((folder) => `./${folder}`), message },
    // Nothing below the handlers knows the composition roots and what they share.
    ...(room === 'server/src/handlers' ? [] : [{ target, from: './server/src/*.ts', message }]),
    { target, from: './server/src/{cli,server}/**/*', message },
    { target, from: './{scripts,test}/**/*', message: 'Product code does not import scripts or tests.' },
    ...(open.some((folder) => folder.startsWith('server/src/analysis/'))
      ? [{ target, from: './server/src/analysis/*.ts', message }]
      : []),
  ];
});

// The composition roots may import every room of the server, and nothing beyond it.
for (const from of ['./client/**/*', './{scripts,test}/**/*']) {
  zones.push({ target: './server', from, message: 'The server imports the protocol and itself only.' });
}

/** Packages that only some places may import, with the reason. */
const restricted = {
  vscode: { name: 'vscode', message: 'Only client/ and test/host/ run inside VS Code.' },
  processes: ['execa', 'child_process', 'node:child_process', 'node:cluster'].map((name) => ({
    name,
    message: 'Only server/src/process starts processes.',
  })),
  koffi: { name: 'koffi', message: 'Only the child process of the GPU runner calls native code.' },
  lsp: {
    regex: '^vscode-(languageserver|languageclient|jsonrpc|uri)',
    message: 'Only the handlers and the composition roots know the language server protocol.',
  },
};

/**
 * @param {{ name: string, message: string }[]} paths
 * @param {{ regex: string, message: string }[]} [patterns]
 */
function forbid(paths, patterns = []) {
  /** @type {import('eslint').Linter.RuleEntry} */
  const entry = ['error', { paths, patterns }];
  return { 'no-restricted-imports': entry };
}

const { vscode, processes, koffi, lsp } = restricted;

export default tseslint.config(
  {
    ignores: ['dist/**', 'dist-test/**', 'test-results/**', '.*/**', 'test/fixtures/**', 'server/runtime/**'],
  },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js', '.json'] })],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      'import-x/no-cycle': 'error',
      // The compiler knows every name; this rule knows neither Node's nor the browser's.
      'no-undef': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Messages put numbers and booleans into sentences all the time.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // node:test keeps the promises of its tests itself.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: ['describe', 'it', 'test'], package: 'node:test' }] },
      ],
      // Events of VS Code and of the language server take handlers that return promises.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // `for (let node = this; node; node = node.parent)` is no alias kept around.
      '@typescript-eslint/no-this-alias': 'off',
      '@typescript-eslint/no-unused-expressions': ['error', { allowShortCircuit: true, allowTernary: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
        {
          selector: "Property[key.name='shell'][value.value!=false]",
          message: 'Programs are started with arrays of arguments, never through a shell.',
        },
      ],
      ...forbid([vscode]),
    },
  },
  { files: ['client/**/*.ts'], rules: forbid([...processes, koffi]) },
  { files: ['test/host/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['protocol/**/*.ts'],
    rules: forbid([], [{ regex: '^(?!\\.|zod$)', message: 'The protocol imports nothing but zod.' }]),
  },
  {
    files: ['server/**/*.ts'],
    ignores: ['server/src/process/**'],
    rules: forbid([vscode, koffi, ...processes]),
  },
  {
    files: ['server/src/{toolchain,runner,profiler,check}/**/*.ts'],
    rules: forbid([vscode, koffi, ...processes], [lsp]),
  },
  { files: ['server/src/process/**/*.ts'], rules: forbid([vscode, koffi], [lsp]) },
  { files: ['server/src/runner/gpu/child/**/*.ts'], rules: forbid([vscode, ...processes], [lsp]) },
  {
    files: ['server/src/analysis/**/*.ts'],
    rules: forbid(
      [],
      [
        {
          regex: '^(?!\\.|web-tree-sitter$)',
          message: 'analysis/ is pure: text in, findings out. It imports the parser only.',
        },
      ],
    ),
  },
  {
    // JSON and tools without types are looked into here; a wrong guess fails the test or the script at once.
    files: ['test/**/*.ts', '**/*.mjs'],
    rules: Object.fromEntries(
      ['assignment', 'member-access', 'call', 'argument', 'return'].map((what) => [
        `@typescript-eslint/no-unsafe-${what}`,
        'off',
      ]),
    ),
  },
  // Benchmarks are plain scripts outside the type check.
  { ...tseslint.configs.disableTypeChecked, files: ['test/bench/**/*.mjs', 'test/support/**/*.cjs'] },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  prettier,
);
