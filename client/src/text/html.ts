/** The little HTML that our panels are made of. Pure. */

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function code(text: string): string {
  return `<code>${escape(text)}</code>`;
}

export function heading(level: 1 | 2 | 3, text: string): string {
  return `<h${level}>${escape(text)}</h${level}>`;
}

/** Cells are HTML. Without headings the table has none. */
export function table(rows: readonly (readonly string[])[], headings: readonly string[] = []): string {
  const line = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const head = headings.length > 0 ? `<thead>${line(headings.map(escape), 'th')}</thead>` : '';
  return `<div class="scroll"><table>${head}<tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody></table></div>`;
}

export function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${item}</li>`).join('\n')}</ul>`;
}

export function output(text: string): string {
  return `<pre>${escape(text.trimEnd())}</pre>`;
}

/** A link that the panel answers by going to this 1-based line. */
export function lineLink(text: string, line: number): string {
  return `<a href="#" data-line="${line}">${escape(text)}</a>`;
}

/** Written by the page itself, which knows the language and the time zone of who reads it: ours may be a server's. */
export function timeOfDay(at: Date): string {
  return `<time datetime="${at.toISOString()}"></time>`;
}

export interface PageFrame {
  /** Of the user interface, for screen readers: `en`, `ko`. */
  readonly language: string;
  readonly title: string;
  readonly body: string;
  /** Random: only the style and script that carry it are let in. */
  readonly nonce: string;
  /** Kept with the page's tab when the window is loaded anew. Plain JSON. */
  readonly state?: object;
}

export function page({ language, title, body, nonce, state }: PageFrame): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escape(title)}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body${state ? ` data-state="${escape(JSON.stringify(state))}"` : ''}>
${body}
<script nonce="${nonce}">${script}</script>
</body>
</html>`;
}

export interface ScriptPageFrame {
  readonly language: string;
  readonly title: string;
  readonly nonce: string;
  /** The origin that the webview's own files come from. */
  readonly source: string;
  /** Address of the page's script. */
  readonly script: string;
}

/** A page that its script fills: an empty root, the common style, and nothing else let in. */
export function scriptPage({ language, title, nonce, source, script }: ScriptPageFrame): string {
  const policy = `default-src 'none'; img-src data: blob:; style-src 'nonce-${nonce}'; script-src ${source} 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escape(title)}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main id="root"></main>
<script nonce="${nonce}" src="${escape(script)}"></script>
</body>
</html>`;
}

const style = `
body { padding: 0 1.3em 2em; line-height: 1.5; max-width: 60em; }
h1 { font-size: 1.6em; font-weight: 600; margin: 0.8em 0 0.4em; }
h2 { font-size: 1.2em; font-weight: 600; margin: 1.6em 0 0.4em; border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-panel-border)); padding-bottom: 0.2em; }
h3 { font-size: 1em; font-weight: 600; margin: 1.2em 0 0.3em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.15em 1.4em 0.15em 0; }
th:last-child, td:last-child { padding-right: 0.2em; }
th { font-weight: 600; color: var(--vscode-descriptionForeground); vertical-align: bottom; }
code, pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
pre { background: var(--vscode-textCodeBlock-background); padding: 0.6em 0.8em; overflow: auto; max-height: 30em; white-space: pre-wrap; overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
.ok { color: var(--vscode-charts-green); }
.warning { color: var(--vscode-editorWarning-foreground); font-weight: bold; }
.error { color: var(--vscode-errorForeground); }
.quiet { color: var(--vscode-descriptionForeground); }
button { color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 1px solid var(--vscode-button-border, transparent); border-radius: 2px; padding: 0.3em 0.9em; font: inherit; cursor: pointer; }
button:hover { background: var(--vscode-button-hoverBackground); }
button.secondary { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
button.secondary:hover { background: var(--vscode-button-secondaryHoverBackground); }
button:focus-visible, a:focus-visible, [tabindex]:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number, th.number, .short, a[data-line] { white-space: nowrap; }
td button { padding: 0 0.7em; line-height: 1.4; }
p > button { margin: 0 0.6em 0.3em 0; }
@media (max-width: 26em) {
  th, td { padding-right: 0.8em; }
  td:first-child { white-space: normal; overflow-wrap: anywhere; }
}
svg text { fill: var(--vscode-foreground); font-family: var(--vscode-font-family); font-size: 11px; }
`;

const script = `
const vscode = acquireVsCodeApi();
if (document.body.dataset.state) vscode.setState(JSON.parse(document.body.dataset.state));
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-line]') : null;
  if (!link) return;
  event.preventDefault();
  vscode.postMessage({ line: Number(link.dataset.line) });
});
for (const time of document.querySelectorAll('time'))
  time.textContent = new Date(time.dateTime).toLocaleTimeString(document.documentElement.lang);
`;
