/** Reads what a launch passes for a parameter. Pure. */

/** The variable behind a pointer argument: `d_a`, `(float*)d_a`, `d_a + 4`, `&d_a[0]`, `v.data()`, `thrust::raw_pointer_cast(&v[0])`. */
export function pointerVariable(text: string): string | undefined {
  let rest = text.trim();
  for (let previous = ''; previous !== rest;) {
    previous = rest;
    rest = rest
      .replace(/^(?:\(\s*(?:const\s+)?[\w:]+(?:\s+\w+)*\s*(?:const\s*)?\*+\s*\)|&|\*)\s*/, '')
      .replace(/^(?:reinterpret_cast|static_cast|const_cast)\s*<[^<>]*>\s*\(([\s\S]*)\)$/, '$1')
      .replace(/^(?:thrust::)?raw_pointer_cast\s*\(([\s\S]*)\)$/, '$1')
      .replace(/^\(([^()]*)\)$/, '$1')
      .trim();
  }
  const found = /^((?:this\s*->\s*)?[A-Za-z_]\w*(?:(?:\.|->)[A-Za-z_]\w*(?!\s*\())*)/.exec(rest);
  return found?.[1]?.replace(/^this\s*->\s*/, '').replace(/\s+/g, '');
}
