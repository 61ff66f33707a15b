/** Memory instructions of SASS. */
import { msg } from '../../analysis/rules/rule';
import type { Instructions } from './types';

export const sassMemory: Instructions = [
  {
    names: 'LDG',
    pipe: 'LSU',
    text: msg(
      'Loads from global memory; `.E` is an address of 64 bits, `.64` and `.128` the width, `.CONSTANT` goes through the read-only cache.',
    ),
  },
  { names: 'LD', pipe: 'LSU', text: msg('Loads through a generic address: which memory it is shows at run time.') },
  { names: 'STG', pipe: 'LSU', text: msg('Stores to global memory.') },
  { names: 'ST', pipe: 'LSU', text: msg('Stores through a generic address: which memory it is shows at run time.') },
  {
    names: 'LDS',
    pipe: 'LSU',
    text: msg('Loads from shared memory; lanes that meet in one bank at different words wait for each other.'),
  },
  {
    names: 'STS',
    pipe: 'LSU',
    text: msg('Stores to shared memory; lanes that meet in one bank at different words wait for each other.'),
  },
  {
    names: 'LDSM',
    pipe: 'LSU',
    text: msg('A warp loads matrix tiles from shared memory in the layout of the tensor cores (`ldmatrix`).'),
  },
  {
    names: 'STSM',
    pipe: 'LSU',
    text: msg('A warp stores matrix tiles to shared memory in the layout of the tensor cores (`stmatrix`).'),
  },
  {
    names: 'LDL',
    pipe: 'LSU',
    text: msg('Loads from local memory: a spilled register, or an array that is indexed at run time.'),
  },
  {
    names: 'STL',
    pipe: 'LSU',
    text: msg('Stores to local memory: a spilled register, or an array that is indexed at run time.'),
  },
  { names: 'LDC', pipe: 'LSU', text: msg('Loads from a constant bank; kernel parameters are in bank 0.') },
  { names: 'ULDC LDCU', pipe: 'UNIFORM', text: msg('Loads from a constant bank, once for the whole warp.') },
  {
    names: 'LDGSTS',
    pipe: 'LSU',
    text: msg('Copies from global to shared memory without a register in between (`cp.async`); the thread goes on.'),
  },
  {
    names: 'LDGDEPBAR',
    pipe: 'LSU',
    text: msg('Closes the group of asynchronous copies started so far (`cp.async.commit_group`).'),
  },
  {
    names: 'DEPBAR',
    pipe: 'CBU',
    text: msg('Waits until at most so many outstanding operations are left on a scoreboard (`cp.async.wait_group`).'),
  },
  { names: 'LDGMC', pipe: 'LSU', text: msg('Loads from multicast memory, combined over several GPUs.') },
  { names: 'LDTM LDT', pipe: 'TENSOR', text: msg('Loads from tensor memory to registers.') },
  { names: 'STTM STT', pipe: 'TENSOR', text: msg('Stores registers to tensor memory.') },
  {
    names: 'UTCCP UTCSHIFT UTCBAR UTCATOMSWS UTCLDSWS UTCSTSWS',
    pipe: 'TENSOR',
    text: msg('Manages tensor memory: copies into it, shifts, allocation, or the signal that products have finished.'),
  },
  { names: 'ATOM ATOMG', pipe: 'LSU', text: msg('An atomic operation on global memory that returns the old value.') },
  { names: 'ATOMS', pipe: 'LSU', text: msg('An atomic operation on shared memory.') },
  {
    names: 'RED REDG UREDGR',
    pipe: 'LSU',
    text: msg('An atomic operation on global memory whose old value nobody wants; cheaper than one that returns it.'),
  },
  {
    names: 'REDAS STAS',
    pipe: 'LSU',
    text: msg('Stores or adds into the shared memory of another block of the cluster.'),
  },
  {
    names: 'CCTL CCTLL CCTLT UTMACCTL',
    pipe: 'LSU',
    text: msg('Cache control: prefetches, writes back or invalidates lines.'),
  },
  { names: 'QSPC', pipe: 'LSU', text: msg('Asks which memory a generic address is in.') },
  {
    names: 'MEMBAR',
    pipe: 'LSU',
    text: msg('A memory fence: writes before it are visible before those behind it, within the scope of its modifier.'),
  },
  { names: 'FENCE', pipe: 'LSU', text: msg('A fence between kinds of access, such as plain and asynchronous ones.') },
  {
    names: 'ERRBAR CGAERRBAR',
    pipe: 'LSU',
    text: msg('Makes errors of earlier memory accesses known before going on.'),
  },
  {
    names: 'SYNCS USYNCS',
    pipe: 'LSU',
    text: msg('An operation on an mbarrier in shared memory: arrive, wait, or expect bytes.'),
  },
  {
    names: 'UBLKCP UBLKRED UBLKPF',
    pipe: 'UNIFORM',
    text: msg('One thread starts a bulk copy, reduction or prefetch of consecutive bytes.'),
  },
  {
    names: 'UTMALDG',
    pipe: 'UNIFORM',
    text: msg('The tensor memory accelerator starts to load a tile from global to shared memory.'),
  },
  {
    names: 'UTMASTG',
    pipe: 'UNIFORM',
    text: msg('The tensor memory accelerator starts to store a tile from shared to global memory.'),
  },
  {
    names: 'UTMAREDG',
    pipe: 'UNIFORM',
    text: msg('The tensor memory accelerator starts to add a tile of shared memory to global memory.'),
  },
  { names: 'UTMAPF', pipe: 'UNIFORM', text: msg('The tensor memory accelerator prefetches a tile into L2.') },
  {
    names: 'UTMACMDFLUSH',
    pipe: 'UNIFORM',
    text: msg('Closes the group of stores handed to the tensor memory accelerator.'),
  },
  {
    names: 'ACQBULK ACQSHMINIT',
    pipe: 'CBU',
    text: msg('Waits until what an earlier kernel or launch prepared is visible.'),
  },
  { names: 'TEX TEXS TXD TMML', pipe: 'TEX', text: msg('Reads a texture with filtering.') },
  { names: 'TLD TLDS', pipe: 'TEX', text: msg('Reads a texel without filtering.') },
  { names: 'TLD4 TLD4S', pipe: 'TEX', text: msg('Reads one component of the four texels around a place.') },
  { names: 'TXQ FOOTPRINT SUQUERY', pipe: 'TEX', text: msg('Asks for properties of a texture or surface.') },
  { names: 'SULD', pipe: 'TEX', text: msg('Reads from a surface.') },
  { names: 'SUST', pipe: 'TEX', text: msg('Writes to a surface.') },
  { names: 'SUATOM SURED', pipe: 'TEX', text: msg('An atomic operation on a surface.') },
];
