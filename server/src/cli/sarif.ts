/**
 * A check's problems as SARIF 2.1.0 (OASIS), the form that GitHub code scanning and other services read. Pure.
 */
import path from 'node:path';
import type { Rule, Severity } from '../analysis';
import type { Problem, Range } from '../check';
import { rulePage } from '../rule-page';

export interface SarifInput {
  readonly problems: readonly Problem[];
  readonly rules: readonly Rule[];
  /** The folder that paths are relative to: the root of the sources. */
  readonly root: string;
  readonly version: string;
  /** What kept the check from being complete. */
  readonly warnings: readonly string[];
}

const levels: Record<Severity, 'error' | 'warning' | 'note'> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

export function sarifLog({ problems, rules, root, version, warnings }: SarifInput): object {
  const descriptors = new Map<string, object>();
  for (const { id, summary, severity, optIn } of rules) {
    descriptors.set(id, {
      id,
      shortDescription: { text: summary },
      helpUri: rulePage(id),
      help: { text: `${summary} What, why, and when the rule stays silent: ${rulePage(id)}` },
      defaultConfiguration: { level: levels[severity], ...(optIn ? { enabled: false } : {}) },
    });
  }
  for (const problem of problems) {
    const id = ruleId(problem);
    if (!descriptors.has(id)) descriptors.set(id, { id, shortDescription: { text: compilerRule(problem) } });
  }
  const indices = new Map([...descriptors.keys()].map((id, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Kernel Lens', semanticVersion: version, rules: [...descriptors.values()] } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { uri: directoryUri(root) } },
        invocations: [
          {
            executionSuccessful: warnings.length === 0,
            toolExecutionNotifications: warnings.map((text) => ({ level: 'error', message: { text } })),
          },
        ],
        results: problems.map((problem) => ({
          ruleId: ruleId(problem),
          ruleIndex: indices.get(ruleId(problem)),
          level: levels[problem.severity],
          message: { text: problem.message },
          locations: [location(problem.file, problem.range, root)],
          ...(problem.related.length === 0
            ? {}
            : {
                relatedLocations: problem.related.map((related, id) => ({
                  id,
                  ...location(related.file, related.range, root),
                  message: { text: related.message },
                })),
              }),
        })),
      },
    ],
  };
}

function ruleId({ source, rule }: Problem): string {
  if (source === 'lint') return rule ?? 'lint';
  return rule === undefined ? 'nvcc' : `nvcc/${rule}`;
}

function compilerRule({ rule }: Problem): string {
  return rule === undefined ? 'An error of the compiler.' : `The compiler's ${rule}.`;
}

function location(file: string, { start, end }: Range, root: string): object {
  return {
    physicalLocation: {
      artifactLocation: artifact(file, root),
      region: {
        startLine: start.line + 1,
        startColumn: start.character + 1,
        endLine: end.line + 1,
        endColumn: end.character + 1,
      },
    },
  };
}

/** Relative to the root where the file is below it, as services want it that show the file. */
function artifact(file: string, root: string): object {
  const relative = path.relative(root, file);
  if (relative.startsWith('..') || path.isAbsolute(relative)) return { uri: fileUri(file) };
  return { uri: encodePath(relative), uriBaseId: '%SRCROOT%' };
}

function encodePath(name: string): string {
  return name.split(path.sep).map(encodeURIComponent).join('/');
}

function fileUri(file: string): string {
  const encoded = encodePath(file).replace(/^([A-Za-z])%3A/, '$1:');
  return `file://${encoded.startsWith('/') ? '' : '/'}${encoded}`;
}

function directoryUri(folder: string): string {
  const uri = fileUri(folder);
  return uri.endsWith('/') ? uri : `${uri}/`;
}
