/** What the page of a profile is given, and what it posts. */
export interface ProfilePageData {
  /** Its markup, made by the server; every text in it is escaped. */
  readonly body: string;
  readonly style: string;
  /** The report's launches, and which one is shown. */
  readonly launches: readonly { readonly label: string; readonly detail: string }[];
  readonly index: number;
  readonly comparing: boolean;
  readonly texts: {
    readonly launch: string;
    readonly compare: string;
    readonly endCompare: string;
    readonly exportReport: string;
    readonly nsight?: string;
    readonly saveSvg: string;
    readonly savePng: string;
  };
}

export type ProfilePageMessage =
  | { readonly do: 'show'; readonly index: number }
  | { readonly do: 'compare' | 'endCompare' | 'export' | 'nsight' }
  /** `content` is text for SVG and base64 for PNG. */
  | { readonly do: 'save'; readonly name: string; readonly format: 'svg' | 'png'; readonly content: string };
