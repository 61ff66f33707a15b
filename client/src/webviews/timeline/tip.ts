/** What is said beside the mouse. */
import { h } from '../lib/page';

export class Tip {
  readonly element = h('div', {
    role: 'tooltip',
    style:
      'position: fixed; pointer-events: none; display: none; z-index: 2; padding: 3px 8px; max-width: 40em; border: 1px solid var(--vscode-editorHoverWidget-border); background: var(--vscode-editorHoverWidget-background); color: var(--vscode-editorHoverWidget-foreground);',
  });

  show(lines: readonly string[], mouse: MouseEvent): void {
    const { element } = this;
    element.replaceChildren(...lines.map((line) => h('div', {}, line)));
    element.style.display = 'block';
    const left = Math.min(mouse.clientX + 14, window.innerWidth - element.offsetWidth - 8);
    element.style.left = `${left}px`;
    element.style.top = `${mouse.clientY + 18}px`;
  }

  hide(): void {
    this.element.style.display = 'none';
  }
}
