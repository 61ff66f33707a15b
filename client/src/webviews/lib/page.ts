/** What every page with a script does: receive data, draw, send links back. Colours come from the editor's theme. */

interface Host {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();

/** Draws now and whenever new data comes. */
export function onData<Data>(draw: (data: Data, root: HTMLElement) => void): void {
  window.addEventListener(
    'message',
    ({ data: message }: MessageEvent<{ readonly data?: Data; readonly state?: unknown }>) => {
      if (message.data === undefined) return;
      host.setState(message.state);
      const root = document.getElementById('root');
      if (root) draw(message.data, root);
    },
  );
  host.postMessage({ ready: true });
}

/** Sends a message of the page's own to the extension. */
export function post(message: Readonly<Record<string, unknown>>): void {
  host.postMessage(message);
}

type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | undefined>>;
type Child = Node | string | undefined;

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value);
    // The page's policy forbids style attributes in HTML, not styles set by a script of its own.
    else if (name === 'style' && (element instanceof HTMLElement || element instanceof SVGElement))
      element.style.cssText = String(value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
}

/** An HTML element: `h('button', { onclick: … }, 'Apply')`. Text is text, never markup. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** An SVG element. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(element, attributes, children);
  return element;
}

/** A link that opens the source at a 1-based line. */
export function sourceLink(text: string, line: number, file?: string): HTMLElement {
  return h('a', { href: '#', onclick: (event) => follow(event, line, file) }, text);
}

function follow(event: Event, line: number, file: string | undefined): void {
  event.preventDefault();
  post(file === undefined ? { line } : { file, line });
}
