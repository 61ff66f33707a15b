/** The text of a launch.json with one configuration of ours. */
export function launchJson(configuration: object): string {
  const configurations = [{ type: 'kernelLens', request: 'launch', ...configuration }];
  return JSON.stringify({ version: '0.2.0', configurations }, undefined, 2);
}
