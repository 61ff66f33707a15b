const pages = 'https://github.com/kernel-lens/kernel-lens/blob/main/docs/rules';

/** Where a lint rule is explained. */
export function rulePage(id: string): string {
  return `${pages}/${id}.md`;
}
