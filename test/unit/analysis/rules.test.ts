import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatMessage, lint, rules, type Finding, type Rule, type Severity } from '../../../server/src/analysis';
import { compiledKernels } from '../../../server/src/builds';
import { parseResourceUsage } from '../../../server/src/toolchain';
import { root, sharedParser } from './support';

const fixtures = path.join(root, 'test/fixtures/rules');
const ruleFolder = path.join(root, 'server/src/analysis/rules');
const pages = path.join(root, 'docs/rules');
/** Files of the rules' folder that are no rules. */
const helpers = ['index', 'rule', 'suppress'];

async function lintText(text: string, severities?: Record<string, 'off' | Severity>): Promise<Finding[]> {
  const document = (await sharedParser()).parse(text);
  try {
    // A file may hold what ptxas said of its kernels, as comments.
    const compiled = compiledKernels(parseResourceUsage(text));
    const target = compiled.length > 0 ? { compiled } : {};
    return lint(document, undefined, { target, ...(severities ? { severities } : {}) });
  } finally {
    document.dispose();
  }
}

/** An opt-in rule has to be named. */
function enabled(rule: Rule): Record<string, Severity> {
  return rule.optIn ? { [rule.id]: rule.severity } : {};
}

/** Findings as the fixtures draw them: line, columns, `severity[rule]: text`. */
function drawn(text: string, findings: readonly Finding[]): string[] {
  return findings.map(({ span, severity, rule, message }) => {
    const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
    const line = text.slice(0, span.start).split('\n').length;
    return `${line}:${span.start - lineStart}-${span.end - lineStart} ${severity}[${rule}]: ${formatMessage(message)}`;
  });
}

/** `//   ^^^^ severity[rule]: text`, under the line it speaks of. */
function expected(text: string): string[] {
  const wanted: string[] = [];
  let code = 0;
  text.split('\n').forEach((line, index) => {
    const match = /^(\s*\/\/\s*)(\^+) (\w+\[[\w-]+\]: .*)$/.exec(line);
    // A caret in the comment's own columns is drawn as far left as it can be.
    const start = match ? match[1]!.length : 0;
    if (match) wanted.push(`${code}:${start}-${start + match[2]!.length} ${match[3]}`);
    else code = index + 1;
  });
  return wanted;
}

/** The carets cannot reach the two columns of `//`. */
function shifted(found: string[]): string[] {
  return found.map((entry) => entry.replace(/:(\d+)-/, (_, column: string) => `:${Math.max(2, Number(column))}-`));
}

function applyFixes(text: string, findings: readonly Finding[]): string {
  const edits = findings.flatMap(
    (finding) => (finding.fixes.find((fix) => fix.preferred) ?? finding.fixes[0])?.edits ?? [],
  );
  return [...edits]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((result, { span, newText }) => result.slice(0, span.start) + newText + result.slice(span.end), text);
}

describe('rule, page, fixtures and index stand together', () => {
  it('has each rule in the index and each rule file in it', () => {
    const files = readdirSync(ruleFolder)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.basename(file, '.ts'));
    expect(files.filter((file) => !helpers.includes(file)).sort()).toEqual(rules.map(({ id }) => id).sort());
  });

  it('has a page for each rule and no other page', () => {
    expect(readdirSync(pages).sort()).toEqual(rules.map(({ id }) => `${id}.md`).sort());
  });

  it('has a folder of fixtures for each rule and no other folder', () => {
    expect(readdirSync(fixtures).sort()).toEqual(rules.map(({ id }) => id).sort());
  });
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const folder = path.join(fixtures, id);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const cases = files.filter((file) => !/\.(fix|fixed)\.cu$/.test(file));

  it('has cases that it reports and cases where it is silent', () => {
    const texts = cases.map((file) => expected(readFileSync(path.join(folder, file), 'utf8')));
    expect(texts.some((lines) => lines.some((line) => line.includes(`[${id}]`)))).toBe(true);
    expect(texts.some((lines) => lines.length === 0)).toBe(true);
  });

  it.each(cases)('%s: finds what is drawn, and nothing else', async (file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    expect(shifted(drawn(text, await lintText(text, enabled(rule))))).toEqual(expected(text));
  });

  it.each(files.filter((file) => file.endsWith('.fix.cu')))(
    '%s: its fixes give the fixed file, which is clean',
    async (file) => {
      const before = readFileSync(path.join(folder, file), 'utf8');
      const after = readFileSync(path.join(folder, file.replace('.fix.cu', '.fixed.cu')), 'utf8');
      const findings = await lintText(before, enabled(rule));
      expect(findings.map((finding) => finding.rule)).toContain(id);
      expect(applyFixes(before, findings)).toBe(after);
      expect(drawn(after, await lintText(after, enabled(rule)))).toEqual([]);
    },
  );

  it('fires on the ❌ samples of its page and is silent on the ✅ samples', async () => {
    const file = path.join(pages, `${id}.md`);
    expect(existsSync(file)).toBe(true);
    const page = readFileSync(file, 'utf8');
    expect(page.startsWith(`# ${id}\n`)).toBe(true);
    expect(page).toContain(rule.summary);
    expect(page).toContain(`Default severity: **${rule.severity}**${rule.optIn ? ', off until it is enabled' : ''}`);
    const samples = [...page.matchAll(/^(❌|✅)[^\n]*\n+```cuda\n([\s\S]*?)^```/gmu)];
    expect(samples.map(([, mark]) => mark)).toEqual(expect.arrayContaining(['❌', '✅']));
    for (const [, mark, code] of samples) {
      const found = (await lintText(code!, enabled(rule))).map((finding) => finding.rule);
      if (mark === '❌') expect(found, code).toContain(id);
      else expect(found, code).toEqual([]);
    }
  });
});

describe('lint', () => {
  const source = '__global__ void k(float* a);\nvoid f(float* a) { k<<<1, 2048>>>(a); }\n';

  it('takes severities from the options', async () => {
    expect((await lintText(source, { 'block-too-large': 'hint' })).map((f) => f.severity)).toEqual(['hint']);
    expect(await lintText(source, { 'block-too-large': 'off' })).toEqual([]);
  });

  it.each([
    ['// kernel-lens-disable-file\n', 0],
    ['// kernel-lens-disable-file block-too-large, zero-launch-dim\n', 0],
    ['// kernel-lens-disable-file zero-launch-dim\n', 1],
    ['// kernel-lens-disable-file zero-launch-dim -- block-too-large is wanted\n', 1],
    ['// kernel-lens-disable-next-line\n', 1],
  ])('obeys %j above the file', async (comment, count) => {
    expect(await lintText(comment + source)).toHaveLength(count);
  });

  it('reports a line once its comment stands elsewhere', async () => {
    const launch =
      'void f(float* a) {\n  // kernel-lens-disable-next-line block-too-large\n  k<<<1, 2048>>>(a);\n  k<<<1, 2048>>>(a);\n}\n';
    expect(await lintText(`__global__ void k(float* a);\n${launch}`)).toHaveLength(1);
  });

  it('flags the classic as soon as its guard goes, and the fix brings one back', async () => {
    const classic = readFileSync(path.join(fixtures, 'missing-bounds-guard/classic.cu'), 'utf8');
    expect(await lintText(classic)).toEqual([]);
    const deleted = classic.replace('  if (i < N) {\n    C[i] = A[i] + B[i];\n  }\n', '  C[i] = A[i] + B[i];\n');
    const findings = await lintText(deleted);
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['missing-bounds-guard', 'warning']]);
    const fixed = applyFixes(deleted, findings);
    expect(fixed).toContain('  if (i >= N) return;\n  C[i] = A[i] + B[i];\n');
    expect(await lintText(fixed)).toEqual([]);
  });

  it('uses only literal templates, so that they can be translated', () => {
    for (const file of readdirSync(ruleFolder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(path.join(ruleFolder, file), 'utf8');
      for (const [call] of text.matchAll(/\bmsg\(\s*[^)]{0,20}/g)) {
        if (call.startsWith('msg(text')) continue;
        expect(call).toMatch(/msg\(\s*['"]/);
      }
    }
  });
});
