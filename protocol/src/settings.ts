/** The settings, parsed once at the edge. A test holds package.json to the same keys and defaults. */
import { z } from 'zod';

export const severitySetting = z.enum(['off', 'error', 'warning', 'information', 'hint']);
export type SeveritySetting = z.infer<typeof severitySetting>;

/** Each field falls back to its default by itself, so one wrong value never costs the others. */
function section<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess((value) => (typeof value === 'object' && value !== null ? value : {}), z.object(shape));
}

export const settingsSchema = section({
  cuda: section({
    /** Toolkit folder or nvcc itself; empty: search. */
    path: z.string().catch(''),
    /** `auto` (the GPU's, else the toolkit's default), or `sm_90` and the like. */
    architecture: z.string().catch('auto'),
    /** Extra nvcc arguments, one per item. */
    flags: z.array(z.string()).catch([]),
    /** nvcc's -ccbin; empty: nvcc's own choice. */
    hostCompiler: z.string().catch(''),
  }),
  diagnostics: section({
    nvcc: z.enum(['onType', 'onSave', 'off']).catch('onType'),
    /** Milliseconds without an edit before nvcc is asked. */
    delay: z.number().int().min(0).max(10_000).catch(200),
    /** Seconds. */
    timeLimit: z.number().min(1).max(3600).catch(120),
  }),
  lint: section({
    enable: z.boolean().catch(true),
    /** Rule id → severity; what is not listed keeps the rule's own. */
    rules: z.record(z.string(), severitySetting).catch({}),
  }),
  run: section({
    device: z.enum(['auto', 'gpu', 'cpu']).catch('auto'),
    /** Which GPU: `auto` (the driver's first), its index, or the beginning of its UUID. */
    gpu: z.string().catch('auto'),
    /** Seconds one run may take after its build. */
    timeLimit: z.number().min(1).max(3600).catch(30),
    /** Elements of a buffer whose size the source does not tell. */
    elements: z
      .number()
      .int()
      .min(1)
      .max(2 ** 31)
      .catch(2 ** 20),
    /** Flush the GPU's L2 cache before each timed launch. */
    coldCache: z.boolean().catch(true),
    /** C++ compiler of the CPU backend; empty: search. */
    cppCompiler: z.string().catch(''),
  }),
  profiler: section({
    /** Nsight Compute's ncu, or its folder; empty: search. */
    ncuPath: z.string().catch(''),
    /** Nsight Systems' nsys, or its folder; empty: search. */
    nsysPath: z.string().catch(''),
    /** `none`: as in an ordinary run; `base`: locked to the base clock, for comparing. */
    clocks: z.enum(['none', 'base']).catch('none'),
  }),
  codeLens: section({
    enable: z.boolean().catch(true),
    /** Registers, shared memory and occupancy above each kernel. */
    cost: z.boolean().catch(true),
  }),
  cost: section({
    /** `sm_80` and the like, shown side by side; empty: the file's own only. */
    architectures: z.array(z.string()).catch([]),
  }),
  hover: section({ enable: z.boolean().catch(true) }),
  inlayHints: section({
    /** What the configuration of a launch amounts to. */
    launch: z.boolean().catch(true),
    /** The kernel's parameter before each argument of a launch. */
    arguments: z.boolean().catch(false),
  }),
  completion: section({ enable: z.boolean().catch(true) }),
  /** `auto`: only where no C++ extension has an outline of its own. */
  outline: z.enum(['auto', 'on', 'off']).catch('auto'),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Parses the `kernelLens` section as any client may send it; never throws. */
export function parseSettings(value: unknown): Settings {
  return settingsSchema.parse(value);
}
