/** Reads the XML that NVIDIA's tools write: elements and text, no attributes that matter, no mixed content. Pure. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Trimmed; empty for an element with children. */
  readonly text: string;
}

const token = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)(?:\s[^>]*?)?(\/?)>|([^<]+)/g;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The document's element. A file that breaks off, as of a tool that was killed, is read as far as it goes. */
export function parseXml(document: string): XmlElement | undefined {
  interface Open {
    readonly name: string;
    readonly children: XmlElement[];
    text: string;
  }
  const root: Open = { name: '', children: [], text: '' };
  const open: Open[] = [root];
  const close = () => {
    const closed = open.pop();
    if (closed !== undefined) open.at(-1)?.children.push({ ...closed, text: closed.text.trim() });
  };
  for (const [, ending, name, empty, text] of document.matchAll(token)) {
    if (text !== undefined) {
      const current = open.at(-1);
      if (current !== undefined) current.text += decode(text);
    } else if (name === undefined) continue;
    else if (ending === '/') {
      if (open.length > 1) close();
    } else {
      open.push({ name, children: [], text: '' });
      if (empty === '/') close();
    }
  }
  while (open.length > 1) close();
  return root.children[0];
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    return entities[name ?? ''] ?? whole;
  });
}

/** The first child of that name, or of a path of names. */
export function child(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (found, name) => found?.children.find((candidate) => candidate.name === name),
    element,
  );
}

/** The text of that child, unless there is none. */
export function textOf(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  const text = child(element, ...path)?.text;
  return text === '' ? undefined : text;
}
