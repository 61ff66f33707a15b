/** The page of a profile: the server's markup, with links into the source, launches to choose from and charts to save. */
import { h, onData, post } from '../lib/page';
import { pngOf, svgText } from './picture';
import type { ProfilePageData, ProfilePageMessage } from './data';

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

onData<ProfilePageData>((data, root) => {
  sheet.replaceSync(data.style);
  document.body.style.maxWidth = 'none';
  const page = h('div', { class: 'profile' });
  page.innerHTML = data.body;
  page.querySelector('header')?.after(actions(data));
  for (const link of page.querySelectorAll<HTMLElement>('a[data-line]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      post({ file: link.dataset['file'], line: Number(link.dataset['line']) });
    });
  }
  for (const figure of page.querySelectorAll<HTMLElement>('figure[data-chart]')) addSaving(figure, data);
  root.replaceChildren(page);
});

function send(message: ProfilePageMessage): void {
  post({ ...message });
}

function actions({ launches, index, comparing, texts }: ProfilePageData): HTMLElement {
  const button = (text: string, message: ProfilePageMessage) =>
    h('button', { class: 'secondary', onclick: () => send(message) }, text);
  const choice =
    launches.length < 2 || comparing
      ? undefined
      : h(
          'select',
          {
            'aria-label': texts.launch,
            onchange: (event) => send({ do: 'show', index: Number((event.target as HTMLSelectElement).value) }),
          },
          ...launches.map(({ label, detail }, position) =>
            h('option', { value: position, selected: position === index, title: detail }, label),
          ),
        );
  return h(
    'div',
    { class: 'actions' },
    choice,
    comparing ? button(texts.endCompare, { do: 'endCompare' }) : button(texts.compare, { do: 'compare' }),
    button(texts.exportReport, { do: 'export' }),
    texts.nsight === undefined ? undefined : button(texts.nsight, { do: 'nsight' }),
  );
}

function addSaving(figure: HTMLElement, { texts }: ProfilePageData): void {
  const chart = figure.querySelector('svg');
  const name = figure.dataset['chart'];
  if (chart === null || name === undefined) return;
  const link = (text: string, save: () => void) =>
    h('a', { href: '#', onclick: (event) => (event.preventDefault(), save()) }, text);
  figure.querySelector('figcaption')?.append(
    ' ',
    link(texts.saveSvg, () => send({ do: 'save', name, format: 'svg', content: svgText(chart) })),
    ' · ',
    link(texts.savePng, () => {
      void pngOf(chart).then((content) => send({ do: 'save', name, format: 'png', content }));
    }),
  );
}
