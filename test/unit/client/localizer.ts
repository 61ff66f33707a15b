import type { Localizer } from '../../../client/src/text/format';

/** English, with VS Code's placeholders filled. */
export const english: Localizer = {
  t: (message, ...args) => message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)])),
};
