/** What a file takes from the files it includes. */
import type { ParsedDocument } from '../parse';
import { factsOf } from './collect';
import { Environment } from './environment';
import { FileIndex, holds } from './file-index';

let serial = 0;

/** What included files declare, in the order of inclusion. Compared by identity: other contents are another object. */
export class Imports {
  readonly id = serial++;
  readonly index: FileIndex;

  constructor(documents: readonly ParsedDocument[]) {
    const facts = documents.flatMap(({ units }) => units.map(factsOf));
    this.index = new FileIndex(facts, new Environment(''));
  }
}

export interface Include {
  /** What stands between the quotes or brackets. */
  readonly name: string;
  readonly quoted: boolean;
}

/** The files that a text surely includes; what is included under a condition is left out. */
export function includesOf({ units }: ParsedDocument): Include[] {
  return units.flatMap(({ type, text, context }) => {
    if (type !== 'preproc_include' || !context.conditions.every((condition) => holds(condition))) return [];
    const match = /^#\s*include\s*(?:"([^"\n]+)"|<([^>\n]+)>)/.exec(text);
    const name = match?.[1] ?? match?.[2];
    return name === undefined ? [] : [{ name, quoted: match?.[1] !== undefined }];
  });
}
