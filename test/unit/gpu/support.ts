/** The toolkit of this machine, for tests that build with it. */
import type { TestContext } from 'vitest';
import { locateToolkit, type Toolkit } from '../../../server/src/toolchain';

export async function toolkitOrSkip(ctx: TestContext): Promise<Toolkit> {
  const search = await locateToolkit({ setting: '', hostCompiler: '' });
  if (!search.found) return ctx.skip(search.message);
  return search.toolkit;
}
