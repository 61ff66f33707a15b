import { describe, expect, it } from 'vitest';
import { alignCaret } from '../../../server/src/toolchain';

/** Runs `alignCaret` on a printed line whose caret stands under the `^` of the line below it, and returns the text found. */
function pointed(source: string, printed: string, caret: string): string | undefined {
  const range = alignCaret(source, printed, caret.indexOf('^'));
  return range === undefined ? undefined : source.slice(range.start, range.end);
}

describe('alignCaret', () => {
  it('undoes the spelling of qualifiers', () => {
    expect(
      pointed(
        '__global__ void k2(float* p) { p.x = 1; }',
        '  __attribute__((global)) void k2(float* p) { p.x = 1; }',
        '                                              ^',
      ),
    ).toBe('p');
  });

  it('follows white space and comments that the preprocessor changed', () => {
    expect(
      pointed(
        '\t\tint  é = 1;\tint y = /* a */ foo\t+ bar;  // foo',
        '    int é = 1; int y = foo + bar;',
        '                             ^',
      ),
    ).toBe('bar');
  });

  it('points at the macro call when the error is in what it became', () => {
    expect(pointed('\tint z = M(n) + other;', '   int z = (n + undefinedThing) + other;', '                ^')).toBe(
      'M(n)',
    );
    expect(
      pointed(
        '\tint z = M(n) + other;',
        '   int z = (n + undefinedThing) + other;',
        '                                  ^',
      ),
    ).toBe('other');
  });

  it('counts code points in the printed line and UTF-16 units in the source', () => {
    expect(pointed('int x = "가나😀" + qux;', '  int x = "가나😀" + qux;', '                  ^')).toBe('qux');
  });

  it('finds the right one of several equal tokens', () => {
    const source = 'f(a, a, a);';
    expect(alignCaret(source, '  f(a, a, a);', 7)).toEqual({ start: 5, end: 6 });
  });

  it('gives the end of the line for a caret past it', () => {
    expect(alignCaret('int x', '  int x', 9)).toEqual({ start: 5, end: 5 });
  });

  it('knows nothing about a line of another text', () => {
    expect(alignCaret('', '  int x;', 3)).toBeUndefined();
  });
});
