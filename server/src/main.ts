/** Composition root for the editor: the language server over the transport that the client chose. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createParser } from './analysis';
import { readParserAssets } from './assets';
import { startServer } from './server';

async function main(): Promise<void> {
  const parser = await createParser(await readParserAssets());
  startServer(createConnection(ProposedFeatures.all), parser);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
