import { existsSync } from 'node:fs';
import path from 'node:path';

/** A script that travels with the server: beside the bundle; when the sources run unbundled, in the build folder. */
export function bundledScript(name: string): string {
  const places = [path.join(__dirname, name), path.resolve(__dirname, '../../../dist', name)];
  return places.find((place) => existsSync(place)) ?? path.join(__dirname, name);
}
