/** What a scalar of a kernel most likely stands for, by its name and by how the body uses it. Pure. */

export type Role =
  /** How many elements there are along some direction. */
  | 'extent'
  /** Threads a block, tile width. */
  | 'block'
  /** Blocks. */
  | 'grid'
  /** Half-width of a neighbourhood. */
  | 'radius'
  | 'bins'
  | 'iterations'
  /** A first index, an offset, a channel: zero is always in range. */
  | 'origin'
  | 'unknown';

const patterns: readonly (readonly [Role, RegExp])[] = [
  ['radius', /^(r|radius|halo|pyramid_?height|filter_?radius|k_?radius|mask_?radius|pad(ding)?)$/i],
  ['bins', /^(n(um)?_?(bins?|buckets?|classes)|bins?|bin_?count|buckets)$/i],
  [
    'block',
    /^(tpb|bs|b_?size|block(s?_?(size|dim|width|x|y))?|threads?(_?per_?block)?|n(um)?_?threads|(thread|block)_?count|tile(_?(size|dim|width))?|dim_?block|work_?group)$/i,
  ],
  ['grid', /^(blocks|n(um)?_?blocks|grid(_?(size|dim|x|y))?|num_?sms?|sms?|multi_?processor_?count|dim_?grid)$/i],
  [
    'iterations',
    /^(iters?|iterations?|n(um)?_?(iters?|iterations?|steps?|times|repeats?|trials)|steps?|repeats?|passes)$/i,
  ],
  [
    'origin',
    /^(offset|start|first|begin|base|origin|axis|channel|device|rank|root|step|stage|pass|iter|idx|index|row|col|id|seed|flag|mode|tid|shift|level|\w+_(offset|start|index|idx|id))$/i,
  ],
  ['origin', /^[a-z]\w*(Offset|Start|Index|Idx)$/],
  [
    'extent',
    /^(n|m|k|l|w|h|d|p|q|nn?|len|length|size|count|total|width|height|depth|rows?|cols?|columns?|dim|pitch|stride|ld[abc]?|n[xyz]|[wh][a-d]|[xyz]_?dim|dim_?[xyz]|[nm]?_?elem(ent)?s?|limit|num|max_?n|x_?size|y_?size|z_?size)$/i,
  ],
  [
    'extent',
    /^(n(um)?_?[a-z]\w*|(max|min|total|cur|local|global)_?num_?\w*|\w*_?(size|len|length|count|width|height|depth|rows|cols|columns|elements|elems|dim|stride|pitch|num)|total_?\w+|(size|length|width|height|count|rows|cols|num)_?\w+|[MNKHWCDLB]_\w+|\w+_[NMK])$/i,
  ],
  [
    'extent',
    /^(\w*_)?(channels|heads|batch|batches|features|hidden|tokens|samples|points|particles|atoms|bodies|nodes|edges|vertices|faces|pixels|rays|items|words|images|frames|entries|keys|vectors)$/i,
  ],
  // Batch, time, channels, heads … as papers and their kernels write them.
  ['extent', /^([BTCEFGRS]|BT|BTC|BH|NH|HS|HD|OC|IC|KH|KW|HW|CHW)$/],
];

export function roleOf(name: string): Role {
  const plain = name.replace(/^.*(\.|->|::)/, '').replace(/^(h_|d_|m_|k_|_)+(?=\w)|_+$/g, '');
  return patterns.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'unknown';
}

/** Whether the body compares the name as a bound: `i < n`, `k >= n - 1`, `n > i`. */
export function boundsSomething(name: string, body: string): boolean {
  return new RegExp(
    `(?:<=?|>=?)\\s*(?:\\(?\\s*(?:\\w+\\s*[-+*]\\s*)?)${name}\\b|(?<![\\w.])${name}\\s*(?:[-+*/]\\s*\\w+\\s*)?(?:>=?|<=?)(?![<>])`,
  ).test(body);
}
