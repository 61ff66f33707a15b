import { checkDirectives } from '../directive/check';
import type { Rule } from './rule';

/** A `// kernel-lens:` comment that cannot do what it says: the run would use something else, or fail. */
export const directive: Rule = {
  id: 'directive',
  severity: 'error',
  summary: 'A directive for running a kernel names or sets something that cannot be.',
  run: (analysis) => checkDirectives(analysis),
};
