/** The little HTML and SVG that reports are made of. Pure. */

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; children are markup already, attributes are escaped. */
export function element(name: string, attributes: Attributes, ...children: readonly (string | undefined)[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escape(typeof value === 'number' ? round(value) : String(value))}"`);
  return `<${name}${written.join('')}>${children.filter((child) => child !== undefined).join('')}</${name}>`;
}

/** Coordinates need no more digits. */
function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A link to a line of the source, 1-based. */
export function sourceLink(text: string, file: string, line: number): string {
  return element('a', { href: '#', 'data-file': file, 'data-line': line }, escape(text));
}

/** Links of the tool's own texts become links; the rest is text. */
export function linked(text: string): string {
  const pattern = /(https:\/\/[^\s()]+)/;
  return text
    .split(pattern)
    .map((piece) => (pattern.test(piece) ? element('a', { href: piece }, escape(piece)) : escape(piece)))
    .join('');
}
