/** What instructions do, in the groups that one counts. Pure. */
import type { AssemblyFunction, AssemblyKind } from './listing';

export const instructionKinds = [
  'globalLoad',
  'globalStore',
  'sharedLoad',
  'sharedStore',
  'localLoad',
  'localStore',
  'constantLoad',
  'asyncCopy',
  'atomic',
  'texture',
  'tensor',
  'fp64',
  'fp32',
  'fp16',
  'specialFunction',
  'conversion',
  'integer',
  'warp',
  'synchronization',
  'control',
  'other',
] as const;
export type InstructionKind = (typeof instructionKinds)[number];

type Rule = readonly [kind: InstructionKind, opcode: RegExp];

/** The first that fits. An opcode is read up to its end or its first modifier. */
const sass: readonly Rule[] = [
  ['tensor', /^(?:[HIDBQO]G?MMA|UTC\w*MMA|WARPGROUP)\b/],
  ['asyncCopy', /^(?:LDGSTS|LDGDEPBAR|UBLK\w+|UTMA\w+|UTCCP\w*)\b/],
  ['globalLoad', /^LDG?\b/],
  ['globalStore', /^STG?\b/],
  ['sharedLoad', /^LDSM?\b/],
  ['sharedStore', /^STSM?\b/],
  ['localLoad', /^LDL\b/],
  ['localStore', /^STL\b/],
  ['constantLoad', /^(?:U?LDC|LDCU)\b/],
  ['atomic', /^(?:ATOM[GS]?|REDG?|REDAS|SUATOM\w*|SURED|UREDGR?)\b/],
  ['texture', /^(?:TEX|TLD4?|TLDS|TEXS|TLD4S|TMML|TXD|TXQ|SULD|SUST|SUQUERY)\b/],
  ['fp64', /^(?:DADD|DMUL|DFMA|DSETP|DMNMX|DSET)\b/],
  // It makes constants, on a unit that is idle else.
  ['other', /^HFMA2\.MMA\b/],
  ['fp32', /^U?F(?:ADD2?|MUL2?|FMA2?|FMA32I|ADD32I|MUL32I|MNMX3?|SEL|SETP|SET|CHK|SWZADD|CMP)\b/],
  ['fp16', /^H(?:ADD2|MUL2|FMA2|SETP2|SET2|MNMX2|ADD2_32I|FMA2_32I)\b/],
  ['specialFunction', /^MUFU\b/],
  ['conversion', /^(?:U?F2[FI]P?|F2FP|U?I2[FI]P?|I2IP|U?FRND|F2IP|UF2FP|UI2FP)\b/],
  ['warp', /^(?:SHFL|U?VOTEU?|MATCH|U?REDUX|CREDUX|ELECT)\b/],
  [
    'synchronization',
    /^(?:BAR|UCGABAR\w*|MEMBAR|DEPBAR|ERRBAR|SYNCS|USYNCS|FENCE|CCTL\w*|ACQBULK|ACQSHMINIT|B2R|R2B|UTCBAR|UTMACMDFLUSH|NANOSLEEP)\b/,
  ],
  [
    'control',
    /^(?:BRA|BRX|BRXU|JMP|JMX|CALL|RET|EXIT|KILL|BREAK|BSSY|BSYNC|BMOV|WARPSYNC|YIELD|BPT|RPCMOV|LEPC|RTT|UBRA|COLLECTIVE|PREEXIT|ENDCOLLECTIVE)\b/,
  ],
  [
    'integer',
    /^U?V?(?:IADD3?|IADD64|IMAD|IMUL|IMNMX3?|IABS|IDP|IDP4A|IDP2A|ISETP|ISET|ISCADD|LEA|LOP3?|PLOP3|LOP32I|SHF|SHL|SHR|SGXT|BMSK|BREV|FLO|POPC|XMAD|ABSDIFF4?|BFE|BFI|IADD32I|IMUL32I|ICMP|VIADDMNMX|IADDMNMX)\b/,
  ],
];

const ptx: readonly Rule[] = [
  ['tensor', /^(?:wmma|mma|wgmma|tcgen05)\b/],
  ['asyncCopy', /^cp\.(?:async|reduce)/],
  ['constantLoad', /^ldu?\.(?:\w+\.)*(?:const|param)\b/],
  ['sharedLoad', /^(?:ldmatrix|ld\.(?:\w+\.)*shared)\b/],
  ['sharedStore', /^(?:stmatrix|st\.(?:\w+\.)*shared)\b/],
  ['localLoad', /^ld\.(?:\w+\.)*local\b/],
  ['localStore', /^st\.(?:\w+\.)*local\b/],
  ['other', /^st\.(?:\w+\.)*param\b/],
  ['globalLoad', /^(?:ld|ldu)\b/],
  ['globalStore', /^st\b/],
  ['atomic', /^(?:atom|red|multimem)\b/],
  ['texture', /^(?:tex|tld4|txq|suld|sust|sured|suq)\b/],
  ['synchronization', /^(?:bar|barrier|membar|fence|mbarrier|griddepcontrol)\b/],
  ['warp', /^(?:shfl|vote|match|redux|activemask|elect)\b/],
  ['control', /^(?:bra|brx|call|ret|exit|trap|brkpt)\b/],
  ['conversion', /^cvt\./],
  ['specialFunction', /^(?:sin|cos|ex2|lg2|tanh|rcp\.approx|rsqrt\.approx|sqrt\.approx)\b/],
  ['other', /^(?:mov|ld|st|cvta|selp|slct|prmt)\b/],
  ['fp64', /\.f64\b/],
  ['fp16', /\.(?:f16|f16x2|bf16|bf16x2)\b/],
  ['fp32', /\.(?:f32|f32x2|tf32)\b/],
  ['integer', /\.(?:[sub](?:8|16|32|64|128)|pred|b(?:8|16|32|64))\b/],
];

export function kindOf(language: AssemblyKind, opcode: string): InstructionKind {
  const rule = (language === 'sass' ? sass : ptx).find(([, pattern]) => pattern.test(opcode));
  return rule?.[0] ?? 'other';
}

export interface InstructionCount {
  readonly total: number;
  /** Only kinds that occur, in the order of `instructionKinds`. */
  readonly byKind: readonly (readonly [InstructionKind, number])[];
}

export function countInstructions(language: AssemblyKind, { lines }: AssemblyFunction): InstructionCount {
  const counts = new Map<InstructionKind, number>();
  let total = 0;
  for (const { opcode } of lines) {
    if (opcode === undefined) continue;
    const kind = kindOf(language, opcode);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    total++;
  }
  return {
    total,
    byKind: instructionKinds.flatMap((kind) => {
      const found = counts.get(kind);
      return found === undefined ? [] : [[kind, found] as const];
    }),
  };
}

/** Bytes of machine code; an instruction has 16 since Volta, which is what `address` counts. */
export function codeBytes({ lines }: AssemblyFunction): number | undefined {
  const addresses = lines.flatMap(({ address }) => (address === undefined ? [] : [address]));
  const [first, second] = addresses;
  const last = addresses.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return last - first + (second === undefined ? 16 : second - first);
}
