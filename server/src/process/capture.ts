/** Keeps the first `limit` characters of a stream and remembers whether there was more. */
export class Capture {
  #parts: string[] = [];
  #length = 0;
  truncated = false;

  constructor(private readonly limit: number) {}

  add(text: string): void {
    const room = this.limit - this.#length;
    if (text.length > room) this.truncated = true;
    if (room <= 0) return;
    const kept = text.length > room ? text.slice(0, room) : text;
    this.#parts.push(kept);
    this.#length += kept.length;
  }

  get text(): string {
    return this.#parts.join('');
  }
}
