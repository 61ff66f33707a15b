import type { Analysis } from '../model/build';
import type { Span } from '../model/types';
import type { Target } from '../target';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** A text with `{0}`, `{1}` … and what stands in their places; put together where the user's language is known. */
export interface Message {
  readonly text: string;
  readonly args: readonly (string | number)[];
}

export interface TextChange {
  readonly span: Span;
  readonly newText: string;
}

export interface Fix {
  readonly title: Message;
  readonly edits: readonly TextChange[];
  /** The fix an editor applies without asking which. */
  readonly preferred?: boolean;
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: Message;
  readonly fixes: readonly Fix[];
}

/** What a rule reports: it may choose a severity of its own, else the rule's default holds. */
export interface Report {
  readonly severity?: Severity;
  readonly span: Span;
  /** Where the finding goes if `span` lies in an included file; without one it is dropped. */
  readonly launch?: Span;
  readonly message: Message;
  readonly fixes?: readonly Fix[];
}

/** A rule is a constant and a pure function. It stays silent where it cannot decide. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** One sentence for lists of rules. */
  readonly summary: string;
  /** Off until the settings name it: right for some projects, noise in most. */
  readonly optIn?: true;
  readonly run: (analysis: Analysis, target: Target) => Report[];
}

/** Makes a message. The template is a literal, so that the texts to translate can be collected from the source. */
export function msg(text: string, ...args: readonly (string | number)[]): Message {
  return { text, args };
}

/** The message in English. */
export function formatMessage({ text, args }: Message): string {
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
}
