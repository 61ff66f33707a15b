/** Waiting front ends for the source that was run last: its next text builds in a fraction of nvcc's time. */
import { WarmBuilder, type WarmBuild, type WarmBuildOptions } from '../../toolchain';

/** A waiting front end holds some 100 MB; it goes when nobody has run anything for so long. */
const idleMs = 5 * 60_000;

export class WarmBuilds {
  #current: { readonly key: string; readonly builder: WarmBuilder } | undefined;
  #idle: NodeJS.Timeout | undefined;

  build(options: WarmBuildOptions, text: string, signal: AbortSignal): Promise<WarmBuild> {
    const current = this.#current;
    if (current === undefined || current.key !== keyOf(options))
      return Promise.resolve({ status: 'unavailable', reason: 'another source was run last' });
    return current.builder.build(text, signal);
  }

  /** To be called when nothing is measured any more: `image` is what `text` was built to, and the next text may come. */
  async prepare(options: WarmBuildOptions, text: string, image: Uint8Array): Promise<void> {
    if (!WarmBuilder.supported) return;
    const key = keyOf(options);
    if (this.#current?.key !== key) {
      void this.#current?.builder.dispose();
      this.#current = { key, builder: new WarmBuilder(options) };
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.dispose(), idleMs);
    this.#idle.unref();
    const { builder } = this.#current;
    builder.warm();
    await builder.prepare(text, image);
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#idle);
    const current = this.#current;
    this.#current = undefined;
    await current?.builder.dispose();
  }
}

function keyOf({ toolkit, file, args }: WarmBuildOptions): string {
  return JSON.stringify([toolkit.nvcc, toolkit.version.full, file, args]);
}
