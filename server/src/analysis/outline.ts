/** What a file defines, for an outline: kernels, device and host functions, types, and the launches inside functions. Pure. */
import { analysisOf } from './model/build';
import { qualified } from './model/kernels';
import { isElsewhere } from './model/positions';
import type { FileModel, Launch, Span } from './model/types';

export interface OutlineItem {
  readonly kind: 'kernel' | 'device' | 'host' | 'type';
  readonly name: string;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly launches: readonly Launch[];
}

export function outlineOf(model: FileModel): OutlineItem[] {
  const facts = analysisOf(model)?.evaluator.index.facts ?? [];
  const items = facts.flatMap(({ unit, functions, structs }) => [
    ...functions.map(({ name, nameNode, whole, body, specifiers }): OutlineItem => {
      const span = { start: whole.start, end: (body ?? whole).end };
      return {
        kind: specifiers.has('__global__') ? 'kernel' : specifiers.has('__device__') ? 'device' : 'host',
        name: qualified(unit, name),
        span,
        nameSpan: nameNode.span,
        launches: model.launches.filter((launch) => contains(span, launch.span)),
      };
    }),
    ...structs.map(({ name, node }): OutlineItem => {
      const nameSpan = node.child('name')?.span ?? { start: node.start, end: node.start };
      return { kind: 'type', name: qualified(unit, name), span: node.span, nameSpan, launches: [] };
    }),
  ]);
  return items
    .filter(({ span, nameSpan }) => !isElsewhere(span) && contains(span, nameSpan))
    .sort((a, b) => a.span.start - b.span.start);
}

function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
