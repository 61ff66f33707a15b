/** Moves, control flow and synchronization of SASS. */
import { msg } from '../../analysis/rules/rule';
import type { Instructions } from './types';

export const sassControl: Instructions = [
  { names: 'MOV MOV32I', pipe: 'ALU', text: msg('Copies a register, a constant or an immediate value.') },
  { names: 'UMOV', pipe: 'UNIFORM', text: msg('Copies a value that is the same for the whole warp.') },
  { names: 'SEL', pipe: 'ALU', text: msg('Chooses one of two values by a predicate.') },
  { names: 'USEL', pipe: 'UNIFORM', text: msg('Chooses one of two values that are the same for the whole warp.') },
  { names: 'PRMT UPRMT', pipe: 'ALU', text: msg('Picks four bytes out of two registers.') },
  { names: 'MOVM', pipe: 'TENSOR', text: msg('Transposes a matrix tile that is spread over the registers of a warp.') },
  {
    names: 'S2R',
    pipe: 'ADU',
    text: msg('Reads a special register, such as `SR_TID.X` (threadIdx.x) or `SR_CTAID.X` (blockIdx.x).'),
  },
  { names: 'S2UR', pipe: 'ADU', text: msg('Reads a special register into a uniform register.') },
  {
    names: 'CS2R CS2UR',
    pipe: 'ALU',
    text: msg('Reads a special register that is fast to reach, such as the clock; of `SRZ` it makes zeros.'),
  },
  {
    names: 'R2UR',
    pipe: 'ALU',
    text: msg('Copies a register to a uniform register; its value is the same in all lanes.'),
  },
  { names: 'P2R UP2UR', pipe: 'ALU', text: msg('Packs predicates into a register.') },
  { names: 'R2P UR2UP', pipe: 'ALU', text: msg('Sets predicates from the bits of a register.') },
  { names: 'R2B B2R', pipe: 'ADU', text: msg('Copies between a register and a barrier.') },
  { names: 'BMOV', pipe: 'CBU', text: msg('Copies between a register and a convergence barrier.') },
  { names: 'SHFL', pipe: 'LSU', text: msg('Takes a value from another lane of the warp (`__shfl_sync`).') },
  {
    names: 'VOTE VOTEU UVOTE',
    pipe: 'ALU',
    text: msg('Tells for which lanes of the warp a predicate holds, or whether for all or any.'),
  },
  { names: 'MATCH', pipe: 'ADU', text: msg('Tells which lanes of the warp hold the same value.') },
  {
    names: 'REDUX CREDUX UREDUX',
    pipe: 'ADU',
    text: msg('Sum, minimum, maximum or bitwise combination over the lanes of a warp.'),
  },
  { names: 'ELECT', pipe: 'UNIFORM', text: msg('Chooses one lane of the warp.') },
  { names: 'BRA UBRA', pipe: 'CBU', text: msg('Branches; with a predicate only the lanes for which it holds.') },
  {
    names: 'BRX BRXU JMX JMXU',
    pipe: 'CBU',
    text: msg('Branches to an address in a register: a switch or an indirect call.'),
  },
  { names: 'JMP', pipe: 'CBU', text: msg('Jumps to an absolute address.') },
  { names: 'CALL', pipe: 'CBU', text: msg('Calls a function that was not inlined.') },
  { names: 'RET', pipe: 'CBU', text: msg('Returns from a function.') },
  { names: 'EXIT PEXIT', pipe: 'CBU', text: msg('Ends the thread.') },
  {
    names: 'PREEXIT',
    pipe: 'CBU',
    text: msg(
      'Lets the next kernel of the stream begin before this one has ended (`griddepcontrol.launch_dependents`).',
    ),
  },
  { names: 'KILL', pipe: 'CBU', text: msg('Ends the thread at once.') },
  { names: 'BREAK', pipe: 'CBU', text: msg('Takes lanes out of a convergence barrier: they leave a loop.') },
  {
    names: 'BSSY',
    pipe: 'CBU',
    text: msg('Notes which lanes are to meet again at the `BSYNC` behind a divergent part.'),
  },
  { names: 'BSYNC', pipe: 'CBU', text: msg('Waits for the lanes that `BSSY` noted: the warp converges.') },
  { names: 'WARPSYNC', pipe: 'CBU', text: msg('Waits for the lanes of a mask (`__syncwarp`).') },
  {
    names: 'COLLECTIVE ENDCOLLECTIVE',
    pipe: 'CBU',
    text: msg('Begins or ends a part that the lanes of a mask run together.'),
  },
  { names: 'YIELD', pipe: 'CBU', text: msg('Lets the lanes of another branch go on.') },
  { names: 'NANOSLEEP', pipe: 'CBU', text: msg('Pauses the warp for some nanoseconds.') },
  { names: 'BPT', pipe: 'CBU', text: msg('A breakpoint, or the trap of `assert` and `__trap`.') },
  { names: 'RPCMOV LEPC', pipe: 'CBU', text: msg('Reads or writes the address of an instruction or of a return.') },
  { names: 'RTT', pipe: 'CBU', text: msg('Returns from a trap handler.') },
  {
    names: 'BAR',
    pipe: 'ADU',
    text: msg(
      'A barrier of the block: `.SYNC` waits (`__syncthreads`), `.ARV` only arrives, `.RED` also combines a predicate.',
    ),
  },
  {
    names: 'UCGABAR_ARV UCGABAR_WAIT UCGABAR_GET UCGABAR_SET',
    pipe: 'UNIFORM',
    text: msg('Arrives at or waits for the barrier of the cluster.'),
  },
  { names: 'NOP', pipe: 'CBU', text: msg('Nothing.') },
  { names: 'PMTRIG', pipe: 'CBU', text: msg('Triggers a performance counter.') },
  { names: 'GETLMEMBASE SETLMEMBASE', pipe: 'ADU', text: msg('Reads or sets where local memory begins.') },
  { names: 'SETCTAID', pipe: 'ADU', text: msg('Sets the index of the block.') },
  {
    names: 'USETMAXREG',
    pipe: 'UNIFORM',
    text: msg('Gives registers of the warp back, or asks for more (`setmaxnreg`).'),
  },
  {
    names: 'UGETNEXTWORKID',
    pipe: 'UNIFORM',
    text: msg('Asks for the next block to work on (`clusterlaunchcontrol`).'),
  },
  {
    names: 'UMEMSETS USTGR UVIRTCOUNT USETSHMSZ',
    pipe: 'UNIFORM',
    text: msg('Housekeeping of shared memory or of launches, once for the warp.'),
  },
];
