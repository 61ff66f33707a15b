// Pages after a reload of the window: made again by their features, or closed.
import { describe, expect, it } from 'vitest';
import { Restoring, kernelOf, type PageState } from '../../../client/src/restoring';

type Panel = Parameters<Restoring<string>['deserializeWebviewPanel']>[0];

function pages(open: readonly string[] = []) {
  const adopted: string[] = [];
  const errors: unknown[] = [];
  let closed = 0;
  const restoring = new Restoring<string>(
    { isOpen: (key) => open.includes(key), adopt: (key, _panel, content) => void adopted.push(`${key}: ${content}`) },
    (error) => errors.push(error),
  );
  const panel = { dispose: () => closed++ } as unknown as Panel;
  return {
    restoring,
    adopted,
    errors,
    closed: () => closed,
    bring: (state: unknown) => restoring.deserializeWebviewPanel(panel, state),
  };
}

const ofKernel = (state: PageState) => {
  const target = kernelOf(state);
  return Promise.resolve(target && { key: `plan ${target.kernel}`, content: target.uri });
};
const plan = { page: 'plan', uri: 'file:///a.cu', kernel: 'scale' };

describe('a page that VS Code brings back', () => {
  it('is made again by its feature from what it kept', async () => {
    const { restoring, adopted, bring, closed } = pages();
    restoring.register('plan', ofKernel);
    await bring(plan);
    expect(adopted).toEqual(['plan scale: file:///a.cu']);
    expect(closed()).toBe(0);
  });

  it.each([undefined, null, 'plan', {}, { page: 7 }, { page: 'unknown' }, { page: 'plan', uri: 'file:///a.cu' }])(
    'is closed where it kept %j',
    async (state) => {
      const { restoring, adopted, bring, closed } = pages();
      restoring.register('plan', ofKernel);
      await bring(state);
      expect(adopted).toEqual([]);
      expect(closed()).toBe(1);
    },
  );

  it('is closed where the same page was opened meanwhile', async () => {
    const { restoring, adopted, bring, closed } = pages(['plan scale']);
    restoring.register('plan', ofKernel);
    await bring(plan);
    expect(adopted).toEqual([]);
    expect(closed()).toBe(1);
  });

  it('is closed where it cannot be made, and the error is told', async () => {
    const { restoring, bring, errors, closed } = pages();
    const error = new Error('gone');
    restoring.register('plan', () => Promise.reject(error));
    await bring(plan);
    expect(errors).toEqual([error]);
    expect(closed()).toBe(1);
  });
});
