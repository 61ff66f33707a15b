/** A table that its headings sort, and that leaves out what a narrow page has no room for. */
import { h } from './page';

export interface Column<Row> {
  readonly title: string;
  /** What the column is sorted by; rows without a value come last. Absent: it is not sorted by this column. */
  readonly value?: (row: Row) => number | string | undefined;
  readonly cell: (row: Row) => Node | string;
  readonly number?: boolean;
  /** Text that may take several lines. */
  readonly long?: boolean;
  /** Rank among the columns that a narrow page leaves out, the smallest first. Absent: always shown. */
  readonly spare?: number;
}

export interface SortState {
  column: number;
  descending: boolean;
}

/** `state` is the caller's, so that a redrawn table keeps its order; column −1 is the rows' own order. */
export function sortableTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  state: SortState,
  rowClass: (row: Row) => string | undefined = () => undefined,
): HTMLElement {
  const table = h('table');
  const frame = h('div', { class: 'scroll' }, table);
  const draw = () => {
    const heads = columns.map((column, index) => {
      const sorted = state.column === index;
      const arrow = sorted ? (state.descending ? ' ▾' : ' ▴') : '';
      const title = column.value
        ? button(`${column.title}${arrow}`, () => {
            state.descending = sorted && !state.descending;
            state.column = index;
            draw();
            table.querySelectorAll<HTMLElement>('th button')[index]?.focus();
          })
        : column.title;
      const order = sorted ? (state.descending ? 'descending' : 'ascending') : undefined;
      return h('th', { class: classOf(column), 'aria-sort': order }, title);
    });
    const lines = ordered(columns, rows, state).map((row) =>
      h(
        'tr',
        { class: rowClass(row) },
        ...columns.map((column) => h('td', { class: classOf(column) }, column.cell(row))),
      ),
    );
    table.replaceChildren(h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...lines));
    fit(frame, columns);
  };
  draw();
  new ResizeObserver(() => fit(frame, columns)).observe(frame);
  return frame;
}

const classOf = <Row>({ number, long }: Column<Row>) => (number ? 'number' : long ? undefined : 'short');

/** Hides columns, in the order of their rank, until the table fits; what is left may be scrolled. */
function fit<Row>(frame: HTMLElement, columns: readonly Column<Row>[]): void {
  if (frame.clientWidth === 0) return;
  const show = (index: number, shown: boolean) => {
    for (const cell of frame.querySelectorAll<HTMLElement>(`tr > :nth-child(${index + 1})`)) cell.hidden = !shown;
  };
  columns.forEach((_, index) => show(index, true));
  const spare = columns.flatMap((column, index) => (column.spare === undefined ? [] : [{ index, rank: column.spare }]));
  for (const { index } of spare.sort((a, b) => a.rank - b.rank)) {
    if (frame.scrollWidth <= frame.clientWidth) return;
    show(index, false);
  }
}

function ordered<Row>(columns: readonly Column<Row>[], rows: readonly Row[], state: SortState): readonly Row[] {
  const value = columns[state.column]?.value;
  if (!value) return rows;
  const sign = state.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
  });
}

function button(text: string, onclick: () => void): HTMLElement {
  const element = h('button', { onclick }, text);
  element.style.cssText = 'all:unset;cursor:pointer;font-weight:600;color:var(--vscode-descriptionForeground)';
  // `all: unset` takes the focus ring away as well.
  element.addEventListener('focus', () => (element.style.outline = '1px solid var(--vscode-focusBorder)'));
  element.addEventListener('blur', () => (element.style.outline = ''));
  return element;
}
