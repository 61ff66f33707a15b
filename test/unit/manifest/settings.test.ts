import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../protocol/src';

interface Property {
  readonly type: string;
  readonly default: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly additionalProperties?: { readonly enum: readonly unknown[] };
}

const root = path.resolve(__dirname, '../../..');
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
const properties: Record<string, Property> = manifest.contributes.configuration.properties;

/** Objects without fields (`lint.rules`) and arrays are values, not sections. */
function flatten(value: unknown, prefix: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    return [[prefix, value]];
  }
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, `${prefix}.${key}`));
}

/** The setting's value after the server has read it. */
function accepted(key: string, value: unknown): unknown {
  const parts = key.split('.').slice(1);
  const nested = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  return parts.reduce<unknown>((section, part) => (section as Record<string, unknown>)[part], parseSettings(nested));
}

test('the manifest has the settings of the schema, with their defaults', () => {
  const declared = Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, property.default]));
  expect(declared).toEqual(Object.fromEntries(flatten(parseSettings({}), 'kernelLens')));
});

describe.each(Object.entries(properties))('%s', (key, property) => {
  test('offers only what the server accepts', () => {
    for (const value of property.enum ?? []) expect(accepted(key, value)).toBe(value);
    for (const limit of [property.minimum, property.maximum]) {
      if (limit !== undefined) expect(accepted(key, limit)).toBe(limit);
    }
    const severities = property.additionalProperties?.enum ?? [];
    for (const value of severities) expect(accepted(key, { rule: value })).toEqual({ rule: value });
  });

  test('falls back to its default where the manifest would complain', () => {
    const wrong: unknown[] = [];
    if (property.minimum !== undefined) wrong.push(property.minimum - 1);
    if (property.maximum !== undefined) wrong.push(property.maximum + 1);
    if (property.enum) wrong.push('no such value');
    if (property.type === 'integer') wrong.push(1.5);
    if (property.additionalProperties) wrong.push({ rule: 'no such value' });
    wrong.push(property.type === 'boolean' ? 'yes' : true);
    for (const value of wrong) expect(accepted(key, value), JSON.stringify(value)).toEqual(property.default);
  });
});

test('whatever names a program or its arguments is restricted in folders that are not trusted', () => {
  const restricted: string[] = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  for (const key of restricted) expect(Object.keys(properties)).toContain(key);
  expect(restricted).toEqual(
    Object.keys(properties).filter((key) =>
      /^kernelLens\.(cuda\.|run\.cppCompiler$|profiler\.(?:ncu|nsys)Path$)/.test(key),
    ),
  );
});
