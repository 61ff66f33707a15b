/** The language of people's texts, for processes of ours that make some themselves. */

let bundle: string | undefined;

/** From now on processes of ours speak as this bundle does; undefined: English. */
export function setChildLanguage(file: string | undefined): void {
  bundle = file;
}

/** What their environment needs for it. */
export function languageEnvironment(): Readonly<Record<string, string>> {
  return bundle === undefined ? {} : { KERNEL_LENS_L10N: bundle };
}
