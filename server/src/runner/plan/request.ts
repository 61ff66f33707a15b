import type { FileModel } from '../../analysis/model/types';
import type { LaunchingFile } from './elsewhere';

/** What a plan is asked for. */
export interface PlanRequest {
  readonly model: FileModel;
  /** The text the model was built from. */
  readonly text: string;
  readonly file: string;
  /** With namespaces. */
  readonly kernel: string;
  readonly defaults: {
    readonly elements: number;
    /** Fewer than the setting says, since those did not fit. */
    readonly reduced?: boolean;
  };
  /** Other files of the project that launch kernels of this one, the likeliest first. */
  readonly elsewhere?: readonly LaunchingFile[] | undefined;
  /** Index into this file's launches of the kernel, in the order of the text; the best one when absent. */
  readonly launch?: number | undefined;
  /** Name → expression in the directive's language (`N` → `1<<20`, `block` → `32x8`); wins over everything else. */
  readonly overrides?: ReadonlyMap<string, string> | undefined;
}
