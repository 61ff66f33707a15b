/** What a run tells about its answers, beside its time: what looks wrong, and how they compare with others. */

/** Something wrong with what a kernel did, although it came to its end. The message is a sentence for the user. */
export type Finding =
  /** A write outside of a buffer, found in the guard zone beside it; the index is what an access would have said. */
  | {
      readonly kind: 'outOfBounds';
      readonly buffer: string;
      readonly side: 'before' | 'after';
      /** Of the element nearest to the buffer. */
      readonly index: number;
      readonly message: string;
    }
  /** A buffer that the kernel must not write has changed. */
  | { readonly kind: 'inputChanged'; readonly buffer: string; readonly index: number; readonly message: string }
  /** NaN or infinity in a buffer the kernel writes, with none in what it was given. */
  | {
      readonly kind: 'notFinite';
      readonly buffer: string;
      readonly nan: number;
      readonly infinite: number;
      readonly message: string;
    };

/** A place in a buffer, as the kernel would name it (`C[1024]`, `v[3].y`), with a number that belongs to it. */
export interface AtElement {
  readonly element: string;
  readonly value: number;
}

export interface ComparedBuffer {
  readonly name: string;
  /** Scalars compared: a float4 is four. */
  readonly scalars: number;
  /** How many are outside of the tolerance; integers have to be equal. */
  readonly differing: number;
  /** The largest |got − expected| ÷ max(1, |expected|), which is what the tolerance bounds. */
  readonly error: number;
  /** The largest |got − expected|; absent where all are equal. */
  readonly absolute?: AtElement;
  /** The largest |got − expected| ÷ |expected|, where something other than zero was expected. */
  readonly relative?: AtElement;
  /** The first that is outside of the tolerance, values as decimal text. */
  readonly first?: { readonly element: string; readonly got: string; readonly expected: string };
  readonly nanGot: number;
  readonly nanExpected: number;
}

/** The outcome of a `CheckRequest`. */
export type Comparison =
  | {
      readonly status: 'compared';
      /** The function whose results were expected; absent: the kernel itself on the CPU. */
      readonly reference?: string;
      readonly tolerance: number;
      readonly passed: boolean;
      /** The largest of the buffers' errors. */
      readonly error: number;
      readonly buffers: readonly ComparedBuffer[];
      /** One sentence: that it passed, or the first difference. */
      readonly message: string;
    }
  /** Why there is nothing to say: one or two sentences. */
  | { readonly status: 'notCompared'; readonly message: string };

/**
 * Whether a run's answers are wrong, so that its time is the time of a wrong result. NaN does not count: it may come of
 * inputs that the kernel was never meant for.
 */
export function isDoubtful({
  findings,
  comparison,
}: {
  readonly findings?: readonly Finding[];
  readonly comparison?: Comparison;
}): boolean {
  const broken = findings?.some(({ kind }) => kind !== 'notFinite') ?? false;
  return broken || (comparison?.status === 'compared' && !comparison.passed);
}
