/** The variables of tasks.json that a path may hold: VS Code leaves those of a task's definition to the extension. Pure. */

export interface TaskPlaces {
  /** The file in the active editor. */
  readonly file: string | undefined;
  /** The task's workspace folder, else the first. */
  readonly folder: string | undefined;
}

/** Undefined where a variable has no value here. */
export function expandVariables(text: string, { file, folder }: TaskPlaces): string | undefined {
  let known = true;
  const expanded = text.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
    const value = name === 'file' ? file : name === 'workspaceFolder' || name === 'workspaceRoot' ? folder : undefined;
    if (value === undefined) known = false;
    return value ?? whole;
  });
  return known ? expanded : undefined;
}
