// Waiting as a person does: looking again, and trying again what a busy editor did not take.

/** A step of the editor may wait for nvcc or g++ on a busy machine; a test fails long after any person would have given up. */
export const patience = 150_000;

/** The same for `expect.poll`. */
export const soon = { timeout: patience, interval: 250 };

/** Tries again until it goes well, or tells what it waited for; a condition goes well when it is true. */
export async function expectSoon(
  attempt: () => Promise<boolean | void>,
  what: string,
  within = patience,
): Promise<void> {
  let last: unknown;
  for (const end = Date.now() + within; Date.now() < end;) {
    try {
      if ((await attempt()) !== false) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`There was not ${what} within ${within / 1000} s.`, { cause: last });
}

export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
