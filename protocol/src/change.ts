/** How a run of a kernel compares with earlier ones. */

/**
 * How a run compares with an earlier one. `faster` and `slower` are said only where the difference is beyond the doubt;
 * `otherLaunch`: the two ran another launch (grid, block, sizes…), so that their times are no measure of the code.
 */
export interface Change {
  readonly kind: 'faster' | 'slower' | 'same' | 'otherLaunch';
  /** Of the run compared with: its id and when it was (ISO 8601). */
  readonly id: string;
  readonly at: string;
  /** Its median in microseconds. */
  readonly median: number;
  /** New median ÷ old median. */
  readonly ratio: number;
  /** 95 % interval of the ratio: both medians' intervals and what runs of the same binary differ by. */
  readonly low: number;
  readonly high: number;
  /** Whether what runs of the same binary differ by was learned from earlier runs here, or is the least assumed. */
  readonly noise: 'learned' | 'assumed';
  /** In words, in the user's language: `12.3 % less time than the last run (±0.8)`. */
  readonly text: string;
  /** For a lens: `▼ 12.3 %`; absent where the launches differ. */
  readonly mark?: string;
}

/** What a run is compared with, as far as there is one. */
export interface Changes {
  readonly last?: Change;
  readonly baseline?: Change;
}
