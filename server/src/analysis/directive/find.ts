/** Directives of a text, and the kernels and launches they stand above. Pure. */
import type { FileModel, Kernel, Launch } from '../model/types';
import { parseItems } from './parse';
import type { DirectiveComment } from './types';

/** Comments, and literals that may look like some. */
const lexemes = /\/\/(?:[^\n\\]|\\[\s\S])*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\.)*'/g;
const marker = /^(?:\/\/[/!]*|\/\*[*!]*)[ \t\r\n*]*kernel-lens[ \t]*:/;

export function findDirectives(text: string): DirectiveComment[] {
  // Most files have none, and this runs at each keystroke.
  if (!text.includes('kernel-lens')) return [];
  const comments = [...text.matchAll(lexemes)].map(({ 0: source, index }) => ({
    source,
    start: index,
    end: index + source.length,
  }));
  const commentAt = new Map(comments.filter(({ source }) => source.startsWith('/')).map((one) => [one.start, one.end]));
  return comments.flatMap(({ source, start, end }) => {
    const head = marker.exec(source);
    if (head === null) return [];
    const block = source.startsWith('/*');
    const from = start + head[0].length;
    const to = block && source.endsWith('*/') ? end - 2 : end;
    const raw = text.slice(from, to);
    // The stars that begin the lines of a block, and a carriage return, are blanks.
    const content = (block ? raw.replace(/\n[ \t]*\*+/g, (stars) => stars.replace(/\*/g, ' ')) : raw).replace(
      /\r|\\\n/g,
      (blank) => ' '.repeat(blank.length),
    );
    let target = end;
    for (;;) {
      target += /^\s*/.exec(text.slice(target, target + 4000))?.[0].length ?? 0;
      const next = commentAt.get(target);
      if (next === undefined) break;
      target = next;
    }
    return [{ span: { start, end }, content: { start: from, end: to }, target, ...parseItems(content, from) }];
  });
}

/** Directives directly above a kernel: above its `template`, too. */
export function directivesOfKernel(all: readonly DirectiveComment[], { span }: Kernel): DirectiveComment[] {
  return all.filter(({ target }) => target === span.start);
}

/** Directives above the statement of a launch. */
export function directivesOfLaunch(
  all: readonly DirectiveComment[],
  { span }: Launch,
  text: string,
): DirectiveComment[] {
  return all.filter(
    ({ target }) => target <= span.start && span.start - target < 400 && !/[;{}]/.test(text.slice(target, span.start)),
  );
}

/** What a comment stands above. */
export function targetOf(
  comment: DirectiveComment,
  { kernels, launches }: FileModel,
  text: string,
): { readonly kernel?: Kernel; readonly launch?: Launch } {
  const kernel = kernels.find(({ span }) => span.start === comment.target);
  if (kernel) return { kernel };
  const launch = launches.find((candidate) => directivesOfLaunch([comment], candidate, text).length > 0);
  if (!launch) return {};
  const launched = launch.kernel === undefined ? launch.imported : kernels[launch.kernel];
  return { launch, ...(launched ? { kernel: launched } : {}) };
}
