import type { SyntaxNode } from '../../parse';
import type { Dimension } from '../../model/launches';
import type { FunctionFacts } from '../../model/facts';
import { unparenthesized } from '../../parse/node';
import { axes, type Axis } from './common';
import { msg, type Fix } from '../rule';

/** The division `n / b` that makes up the dimension on `axis`, where it is written. */
export function divisionOf(dimension: Dimension, axis: Axis, fn: FunctionFacts | undefined): SyntaxNode | undefined {
  return dimension.node && findDivision(dimension.node, axes.indexOf(axis), fn, 0);
}

function findDivision(
  node: SyntaxNode,
  axis: number,
  fn: FunctionFacts | undefined,
  depth: number,
): SyntaxNode | undefined {
  const inner = unparenthesized(node);
  if (inner.type === 'binary_expression' && axis === 0) {
    return inner.child('operator')?.text === '/' ? inner : undefined;
  }
  if (axis === 0 && inner.type === 'cast_expression') return findDivision(inner.child('value')!, 0, fn, depth + 1);
  if (axis === 0 && inner.type === 'call_expression' && inner.child('function')?.type === 'primitive_type') {
    const [only] = inner.child('arguments')?.children ?? [];
    return only && findDivision(only, 0, fn, depth + 1);
  }
  if (inner.type === 'identifier' && depth < 4) {
    const variables = fn?.variables.get(inner.text) ?? [];
    const events = (fn?.events.get(inner.text) ?? []).filter(({ action }) => action.kind !== 'passed');
    if (variables.length !== 1 || events.length !== 1) return undefined;
    const event = events[0]!;
    const value = event.node.child('value') ?? event.node.child('right');
    return event.member === undefined && value ? findDivision(value, axis, fn, depth + 1) : undefined;
  }
  const args = listItems(inner);
  const item = args?.[axis];
  return item && findDivision(item, 0, fn, depth + 1);
}

function listItems(node: SyntaxNode): readonly SyntaxNode[] | undefined {
  if (node.type === 'argument_list' || node.type === 'initializer_list') return node.children;
  if (node.type === 'call_expression' && node.child('function')?.text === 'dim3')
    return node.child('arguments')?.children;
  if (node.type === 'compound_literal_expression') return node.child('value')?.children;
  return undefined;
}

/** `(n + b - 1) / b` in place of `n / b`. */
export function roundUpFix(dimension: Dimension, axis: Axis, fn: FunctionFacts | undefined): Fix[] {
  const division = divisionOf(dimension, axis, fn);
  if (!division) return [];
  const newText = roundedUp(division);
  return [{ title: msg('Round up: {0}', newText), edits: [{ span: division.span, newText }], preferred: true }];
}

/** `(n + b - 1) / b` for the node `n / b`. */
export function roundedUp(division: SyntaxNode): string {
  const [left, right] = [division.child('left')!, division.child('right')!];
  const divisor = right.text;
  const sum = /^\d+$/.test(divisor) ? String(Number(divisor) - 1) : `${divisor} - 1`;
  return `(${summand(left)} + ${sum}) / ${divisor}`;
}

function summand(node: SyntaxNode): string {
  const inner = unparenthesized(node);
  return /^(conditional_expression|assignment_expression|comma_expression)$/.test(inner.type)
    ? `(${inner.text})`
    : inner.text;
}
