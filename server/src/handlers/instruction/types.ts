import type { Message } from '../../analysis';

/** The unit of a multiprocessor that an instruction goes to, as Nsight Compute names it. */
export type Pipe = 'FMA' | 'ALU' | 'XU' | 'FP64' | 'TENSOR' | 'LSU' | 'TEX' | 'UNIFORM' | 'ADU' | 'CBU';

export interface Instruction {
  /** Without modifiers, several by blanks. A longer name with a modifier wins. */
  readonly names: string;
  readonly pipe?: Pipe;
  readonly text: Message;
}

export type Instructions = readonly Instruction[];
