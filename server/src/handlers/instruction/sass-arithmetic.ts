/** Arithmetic of SASS, the machine code of NVIDIA GPUs: floating point, integers, conversions. */
import { msg } from '../../analysis/rules/rule';
import type { Instructions } from './types';

export const sassArithmetic: Instructions = [
  { names: 'FADD FADD32I', pipe: 'FMA', text: msg('Adds two floats.') },
  { names: 'FMUL FMUL32I', pipe: 'FMA', text: msg('Multiplies two floats.') },
  { names: 'FFMA FFMA32I', pipe: 'FMA', text: msg('Multiplies two floats and adds a third with one rounding.') },
  {
    names: 'FADD2 FMUL2 FFMA2',
    pipe: 'FMA',
    text: msg('Does the operation on two pairs of floats at once, in pairs of registers.'),
  },
  {
    names: 'FMNMX',
    pipe: 'ALU',
    text: msg('The smaller or the larger of two floats; the last predicate chooses which.'),
  },
  { names: 'FMNMX3', pipe: 'ALU', text: msg('The smallest or the largest of three floats.') },
  { names: 'FSEL', pipe: 'ALU', text: msg('Chooses one of two floats by a predicate.') },
  { names: 'FSET', pipe: 'ALU', text: msg('Compares two floats and writes the answer as a number.') },
  { names: 'FSETP', pipe: 'ALU', text: msg('Compares two floats and writes the answer to predicates.') },
  {
    names: 'FCHK',
    text: msg('Checks whether a division of floats needs the slow path, because of tiny or huge operands.'),
  },
  { names: 'FSWZADD', pipe: 'FMA', text: msg('Adds floats of neighbouring lanes, for derivatives.') },
  { names: 'FRND', pipe: 'XU', text: msg('Rounds a float to an integral value.') },
  {
    names: 'MUFU',
    pipe: 'XU',
    text: msg(
      'An approximated special function, which the modifier names: `RCP`, `RSQ`, `SQRT`, `EX2`, `LG2`, `SIN`, `COS`, `TANH`.',
    ),
  },
  { names: 'RRO', pipe: 'XU', text: msg('Brings an angle or an exponent into the range of the special functions.') },
  {
    names: 'HADD2 HADD2_32I',
    pipe: 'FMA',
    text: msg('Adds two pairs of half-precision numbers; with `.F32` it widens one to float.'),
  },
  { names: 'HMUL2 HMUL2_32I', pipe: 'FMA', text: msg('Multiplies two pairs of half-precision numbers.') },
  {
    names: 'HFMA2 HFMA2_32I',
    pipe: 'FMA',
    text: msg('Multiplies and adds pairs of half-precision numbers; with zeros only it loads a constant.'),
  },
  { names: 'HMNMX2', pipe: 'ALU', text: msg('The smaller or larger of each of two pairs of half-precision numbers.') },
  { names: 'HSET2 HSETP2', pipe: 'ALU', text: msg('Compares two pairs of half-precision numbers.') },
  { names: 'DADD', pipe: 'FP64', text: msg('Adds two doubles.') },
  { names: 'DMUL', pipe: 'FP64', text: msg('Multiplies two doubles.') },
  { names: 'DFMA', pipe: 'FP64', text: msg('Multiplies two doubles and adds a third with one rounding.') },
  { names: 'DMNMX', pipe: 'FP64', text: msg('The smaller or the larger of two doubles.') },
  { names: 'DSET DSETP', pipe: 'FP64', text: msg('Compares two doubles.') },
  {
    names: 'IADD IADD3 IADD32I VIADD UIADD3 UVIADD',
    pipe: 'ALU',
    text: msg('Adds integers, up to three; `.X` takes in a carry for wider sums.'),
  },
  { names: 'IADD64 UIADD3.64', pipe: 'ALU', text: msg('Adds integers of 64 bits.') },
  {
    names: 'IMAD UIMAD',
    pipe: 'FMA',
    text: msg(
      'Multiplies two integers and adds a third; `.WIDE` keeps all 64 bits, `.MOV`, `.SHL` and `.IADD` use it as a move, shift or addition.',
    ),
  },
  { names: 'IMUL IMUL32I XMAD', pipe: 'FMA', text: msg('Multiplies integers.') },
  { names: 'IABS UIABS', pipe: 'ALU', text: msg('The absolute value of an integer.') },
  { names: 'IMNMX VIMNMX UIMNMX UVIMNMX', pipe: 'ALU', text: msg('The smaller or the larger of two integers.') },
  { names: 'VIMNMX3 UVIMNMX3', pipe: 'ALU', text: msg('The smallest or the largest of three integers.') },
  { names: 'VIADDMNMX', pipe: 'ALU', text: msg('Adds two integers and takes the minimum or maximum with a third.') },
  { names: 'VHMNMX', pipe: 'ALU', text: msg('Minima or maxima of pairs of half-precision numbers or short integers.') },
  {
    names: 'IDP IDP4A IDP2A',
    pipe: 'FMA',
    text: msg('Dot product of small integers packed in registers, added to a sum.'),
  },
  {
    names: 'ISCADD LEA ULEA UCLEA',
    pipe: 'ALU',
    text: msg('Shifts an index left and adds it to a base: an address computation.'),
  },
  {
    names: 'ISETP UISETP',
    pipe: 'ALU',
    text: msg('Compares two integers and writes the answer to predicates; `.EX` continues a comparison of 64 bits.'),
  },
  { names: 'ISET ICMP USET', pipe: 'ALU', text: msg('Compares two integers and writes the answer as a number.') },
  {
    names: 'LOP LOP3 LOP32I ULOP ULOP3 ULOP32I',
    pipe: 'ALU',
    text: msg(
      'Any bitwise function of three words; the constant is its truth table (`0xc0` is and, `0xfc` or, `0x3c` exclusive or).',
    ),
  },
  {
    names: 'PLOP3 UPLOP3',
    pipe: 'ALU',
    text: msg('Any logical function of three predicates, given by a truth table.'),
  },
  { names: 'PSETP PSET UPSETP', pipe: 'ALU', text: msg('Combines predicates.') },
  {
    names: 'SHF USHF',
    pipe: 'ALU',
    text: msg(
      'Shifts a pair of registers and keeps one half: `.L` left, `.R` right, `.HI` the upper half, `.W` wraps the amount.',
    ),
  },
  { names: 'SHL USHL', pipe: 'ALU', text: msg('Shifts left.') },
  { names: 'SHR USHR', pipe: 'ALU', text: msg('Shifts right.') },
  { names: 'BMSK UBMSK', pipe: 'ALU', text: msg('Makes a mask of bits from a position and a width.') },
  { names: 'SGXT USGXT', pipe: 'ALU', text: msg('Extends the sign from a given bit.') },
  { names: 'BREV UBREV', pipe: 'XU', text: msg('The bits in reverse order.') },
  { names: 'FLO UFLO', pipe: 'XU', text: msg('The position of the highest bit that is 1.') },
  { names: 'POPC UPOPC', pipe: 'XU', text: msg('The number of bits that are 1.') },
  {
    names: 'VABSDIFF VABSDIFF4',
    pipe: 'ALU',
    text: msg('The absolute difference of integers, or of four bytes, and a sum.'),
  },
  { names: 'BFE BFI', pipe: 'ALU', text: msg('Takes out or puts in a field of bits.') },
  { names: 'F2F UF2F', pipe: 'XU', text: msg('Converts between floating-point formats, or rounds within one.') },
  {
    names: 'F2I UF2I',
    pipe: 'XU',
    text: msg('Converts a floating-point number to an integer; `.TRUNC` cuts off the fraction.'),
  },
  { names: 'I2F UI2F', pipe: 'XU', text: msg('Converts an integer to a floating-point number.') },
  { names: 'I2FP UI2FP', pipe: 'ALU', text: msg('Converts an integer of 32 bits to a float.') },
  {
    names: 'F2FP UF2FP',
    pipe: 'ALU',
    text: msg('Converts floats to a packed pair of a narrower format, such as half precision.'),
  },
  { names: 'F2IP I2IP', pipe: 'ALU', text: msg('Converts numbers to narrow integers packed in a register.') },
  { names: 'I2I', pipe: 'XU', text: msg('Converts between integer widths, with saturation.') },
  {
    names: 'UFADD UFMUL UFFMA UFMNMX UFSET',
    pipe: 'UNIFORM',
    text: msg('Arithmetic of floats that are the same for the whole warp.'),
  },
  { names: 'UFSEL', pipe: 'UNIFORM', text: msg('Chooses one of two floats that are the same for the whole warp.') },
  { names: 'UFSETP', pipe: 'UNIFORM', text: msg('Compares two floats that are the same for the whole warp.') },
  {
    names: 'UFRND',
    pipe: 'UNIFORM',
    text: msg('Rounds a float that is the same for the whole warp to an integral value.'),
  },
  {
    names: 'HMMA',
    pipe: 'TENSOR',
    text: msg(
      'A warp multiplies small matrices of half precision, BF16 or TF32 on the tensor cores and adds; the numbers are the shape (`.16816` is 16×8×16).',
    ),
  },
  {
    names: 'IMMA',
    pipe: 'TENSOR',
    text: msg('A warp multiplies small matrices of integers on the tensor cores and adds.'),
  },
  {
    names: 'DMMA',
    pipe: 'TENSOR',
    text: msg('A warp multiplies small matrices of doubles on the tensor cores and adds.'),
  },
  { names: 'BMMA', pipe: 'TENSOR', text: msg('A warp multiplies matrices of single bits on the tensor cores.') },
  {
    names: 'QMMA OMMA',
    pipe: 'TENSOR',
    text: msg('A warp multiplies small matrices of FP8, FP6 or FP4 on the tensor cores and adds.'),
  },
  {
    names: 'HGMMA IGMMA BGMMA QGMMA',
    pipe: 'TENSOR',
    text: msg(
      'Four warps start a large matrix product on the tensor cores of Hopper, with operands in shared memory; it runs on beside them.',
    ),
  },
  {
    names: 'WARPGROUP WARPGROUPSET',
    pipe: 'TENSOR',
    text: msg(
      'Orders or waits for the asynchronous matrix products of a group of four warps: `.ARRIVE` before them, `.DEPBAR` for them.',
    ),
  },
  {
    names: 'UTCHMMA UTCIMMA UTCQMMA UTCOMMA UTCMXQMMA',
    pipe: 'TENSOR',
    text: msg('One thread starts a matrix product on the tensor cores of Blackwell, with the sum in tensor memory.'),
  },
];
