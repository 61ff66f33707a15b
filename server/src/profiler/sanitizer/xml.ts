/** Reads what `compute-sanitizer --xml --save` writes. Pure. */
import type { Dim3 } from '../../../../protocol/src';
import type { SanitizerTool } from '../../../../protocol/src/sanitize';
import type { Frame, SanitizerRecord } from './record';
import { child, parseXml, textOf, type XmlElement } from './xml-tree';

/** Undefined for a text that is no such file. */
export function parseSanitizerXml(text: string, tool: SanitizerTool): SanitizerRecord[] | undefined {
  const root = parseXml(text);
  if (root?.name !== 'ComputeSanitizerOutput') return undefined;
  return root.children.filter(({ name }) => name === 'record').map((record) => recordOf(record, tool));
}

function recordOf(record: XmlElement, tool: SanitizerTool): SanitizerRecord {
  const what = child(record, 'what');
  const text = textOf(what, 'text') ?? textOf(record, 'what') ?? textOf(record, 'kind') ?? '';
  const where = child(record, 'where');
  const thread = dim3(child(record, 'who', 'threadIdx'));
  const block = dim3(child(record, 'who', 'blockIdx'));
  const common = {
    tool,
    severity: /warning/i.test(textOf(record, 'level') ?? '') ? 'warning' : 'error',
    ...(where === undefined ? {} : { where: frameOf(where) }),
    ...(thread === undefined ? {} : { thread }),
    ...(block === undefined ? {} : { block }),
    deviceStack: framesOf(child(record, 'deviceStack')),
    hostStack: framesOf(child(record, 'hostStack')),
  } as const;
  const at = addressOf(textOf(what, 'address'));
  const address = at === undefined ? {} : { address: at };
  const bytes = Number(textOf(what, 'size') ?? 0);
  switch (textOf(record, 'kind') ?? '') {
    case 'Precise': {
      const space = plainSpace(textOf(what, 'space') ?? '');
      const direction = (textOf(what, 'direction') ?? '').toLowerCase();
      const error = textOf(what, 'error') ?? '';
      if (direction === '' || error === '') break;
      return { ...common, kind: 'access', space, direction, bytes, error, ...address };
    }
    case 'Initcheck':
      if (!/read/i.test(text)) break;
      return {
        ...common,
        kind: 'uninitialized',
        space: plainSpace(/__(\w+)__/.exec(text)?.[1] ?? 'global'),
        bytes,
        ...address,
      };
    case 'Synccheck':
      return { ...common, kind: 'barrier', detail: textOf(what, 'type') ?? text };
    case 'Analysis': {
      const [source, target] = [child(what, 'source'), child(what, 'destination')];
      if (source === undefined || target === undefined) break;
      return {
        ...common,
        kind: 'race',
        where: frameOf(child(source, 'where')),
        first: (textOf(source, 'direction') ?? '').toLowerCase(),
        second: (textOf(target, 'direction') ?? '').toLowerCase(),
        other: frameOf(child(target, 'where')),
        hazards: Number(textOf(target, 'count') ?? textOf(source, 'count') ?? 1),
      };
    }
    case 'Api':
      return {
        ...common,
        kind: 'api',
        call: textOf(what, 'api') ?? '',
        error: textOf(what, 'error') ?? '',
        detail: textOf(what, 'message') ?? text,
      };
  }
  const leaked = /^Leaked ([\d,]+) bytes/.exec(text)?.[1];
  if (leaked !== undefined) return { ...common, kind: 'leak', bytes: Number(leaked.replaceAll(',', '')) };
  return { ...common, kind: 'other', text };
}

function framesOf(stack: XmlElement | undefined): Frame[] {
  return stack?.children.filter(({ name }) => name === 'frame').map(frameOf) ?? [];
}

function frameOf(element: XmlElement | undefined): Frame {
  const [name, file, line] = [textOf(element, 'func'), textOf(element, 'path'), Number(textOf(element, 'line'))];
  return {
    ...(name === undefined ? {} : { function: name }),
    ...(file === undefined || !(line > 0) ? {} : { file, line }),
  };
}

function dim3(element: XmlElement | undefined): Dim3 | undefined {
  const [x, y, z] = ['x', 'y', 'z'].map((name) => textOf(element, name));
  return x === undefined || y === undefined || z === undefined ? undefined : [Number(x), Number(y), Number(z)];
}

function addressOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^0x[0-9a-f]+$/i.test(text) ? BigInt(text) : undefined;
}

function plainSpace(text: string): string {
  return text.replace(/^__|__$/g, '').toLowerCase();
}
