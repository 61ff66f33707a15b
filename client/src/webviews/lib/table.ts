/** A table that its headings sort. */
import { h } from './page';

export interface Column<Row> {
  readonly title: string;
  /** What the column is sorted by; rows without a value come last. Absent: it is not sorted by this column. */
  readonly value?: (row: Row) => number | string | undefined;
  readonly cell: (row: Row) => Node | string;
  readonly number?: boolean;
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
): HTMLTableElement {
  const table = h('table');
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
      return h('th', { ...(column.number && { class: 'number' }), 'aria-sort': order }, title);
    });
    const lines = ordered(columns, rows, state).map((row) =>
      h(
        'tr',
        { class: rowClass(row) },
        ...columns.map((column) => h('td', column.number ? { class: 'number' } : {}, column.cell(row))),
      ),
    );
    table.replaceChildren(h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...lines));
  };
  draw();
  return table;
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
