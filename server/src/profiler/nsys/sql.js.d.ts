/** What is used of sql.js, with the integers of 64 bits that published types lack; those also declare names that clash with web-tree-sitter's. */
declare module 'sql.js' {
  export type SqlValue = number | bigint | string | Uint8Array | null;

  export interface Statement {
    step(): boolean;
    get(params: null, config: { readonly useBigInt: true }): SqlValue[];
    free(): void;
  }

  export interface Database {
    prepare(sql: string): Statement;
    close(): void;
  }

  export default function initialize(config: {
    readonly wasmBinary?: ArrayBuffer;
  }): Promise<{ readonly Database: new (contents: Uint8Array) => Database }>;
}
