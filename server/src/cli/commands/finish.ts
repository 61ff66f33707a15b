/** Takes the exit code of the subcommand that ran. */
export type Finish = (code: number) => void;
