import type { Message } from '../../analysis';

/** What CUDA's own names mean, in our words. */
export interface Entry {
  /** How it is declared, or how it stands in code. */
  readonly code: string;
  readonly text: Message;
  /** What goes wrong with it. */
  readonly trap?: Message;
}

export type Knowledge = Readonly<Record<string, Entry>>;
