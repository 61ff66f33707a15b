/** Memory and control flow of PTX. */
import { msg } from '../../analysis/rules/rule';
import type { Instructions } from './types';

export const ptxMemory: Instructions = [
  {
    names: 'ld',
    text: msg(
      'Loads from the memory that the modifier names: `.global`, `.shared`, `.const`, `.local`, `.param`; without one the address tells.',
    ),
  },
  { names: 'ldu', text: msg('Loads data that are the same for the whole warp and are not written.') },
  { names: 'st', text: msg('Stores to the memory that the modifier names.') },
  { names: 'cvta', text: msg('Converts between a generic address and one of a certain memory.') },
  { names: 'isspacep', text: msg('Tells whether a generic address is in a certain memory.') },
  { names: 'istypep', text: msg('Tells whether a handle is of a certain type.') },
  { names: 'mapa getctarank', text: msg('Addresses in the shared memory of another block of the cluster.') },
  { names: 'ldmatrix', text: msg('A warp loads matrix tiles from shared memory in the layout of the tensor cores.') },
  { names: 'stmatrix', text: msg('A warp stores matrix tiles to shared memory in the layout of the tensor cores.') },
  { names: 'movmatrix', text: msg('Transposes a matrix tile that is spread over the registers of a warp.') },
  { names: 'prefetch prefetchu', text: msg('Brings a line into a cache ahead of its use.') },
  { names: 'discard applypriority createpolicy', text: msg('Tells the L2 cache what may go and what is to stay.') },
  { names: 'atom', text: msg('An atomic operation that returns the old value.') },
  { names: 'red', text: msg('An atomic operation whose old value nobody wants.') },
  { names: 'multimem', text: msg('An access to multicast memory of several GPUs.') },
  {
    names: 'cp',
    text: msg(
      'Copies without registers in between: `.async` in small pieces, `.async.bulk` and `.tensor` by the tensor memory accelerator; groups are committed and waited for.',
    ),
  },
  { names: 'tensormap', text: msg('Changes the description of a tensor for the tensor memory accelerator.') },
  {
    names: 'mbarrier',
    text: msg('A barrier in shared memory for threads and asynchronous copies: init, arrive, expect bytes, wait.'),
  },
  { names: 'fence', text: msg('A memory fence: orders accesses before it against those behind it, within a scope.') },
  { names: 'membar', text: msg('A memory fence of older PTX: `.cta`, `.gl` or `.sys` is its scope.') },
  {
    names: 'bar',
    text: msg(
      'A barrier of the block (`__syncthreads`): `.sync` waits, `.arrive` only arrives, `.red` also combines a predicate.',
    ),
  },
  { names: 'barrier', text: msg('A barrier of the block, or with `.cluster` of the cluster.') },
  { names: 'griddepcontrol', text: msg('Waits for the kernel before, or lets the next one begin early.') },
  { names: 'clusterlaunchcontrol', text: msg('Asks for the next block to work on instead of launching it.') },
  {
    names: 'shfl',
    text: msg('Takes a value from another lane of the warp: `.idx`, `.up`, `.down` or `.bfly` tells which.'),
  },
  { names: 'vote', text: msg('Tells whether a predicate holds for all or any lanes of the warp, or for which.') },
  { names: 'match', text: msg('Tells which lanes of the warp hold the same value.') },
  { names: 'redux', text: msg('Sum, minimum, maximum or bitwise combination over the lanes of a warp.') },
  { names: 'activemask', text: msg('The mask of the lanes that run here together.') },
  { names: 'elect', text: msg('Chooses one lane of the warp.') },
  { names: 'bra', text: msg('Branches; `.uni` promises that all lanes go the same way.') },
  { names: 'brx', text: msg('Branches by an index into a list of labels.') },
  { names: 'call', text: msg('Calls a function; parameters are passed in `.param` variables.') },
  { names: 'ret', text: msg('Returns from a function, or ends the thread of a kernel.') },
  { names: 'exit', text: msg('Ends the thread.') },
  { names: 'trap', text: msg('Stops the kernel with an error.') },
  { names: 'brkpt', text: msg('A breakpoint.') },
  { names: 'nanosleep', text: msg('Pauses the thread for some nanoseconds.') },
  { names: 'pmevent', text: msg('Triggers performance counters.') },
  { names: 'setmaxnreg', text: msg('Gives registers of the warp back, or asks for more.') },
  {
    names: 'alloca stacksave stackrestore',
    text: msg('Takes memory from the stack, or notes and restores where it ends.'),
  },
  { names: 'tex', text: msg('Reads a texture with filtering.') },
  { names: 'tld4', text: msg('Reads one component of the four texels around a place.') },
  { names: 'txq suq', text: msg('Asks for properties of a texture or surface.') },
  { names: 'suld', text: msg('Reads from a surface.') },
  { names: 'sust', text: msg('Writes to a surface.') },
  { names: 'sured', text: msg('An atomic operation on a surface.') },
];
