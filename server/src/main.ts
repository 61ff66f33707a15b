/** Composition root for the editor: the language server over the transport that the client chose. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createParser } from './analysis';
import { readParserAssets } from './assets';
import { describeError } from './log';
import { startServer } from './server';

async function main(): Promise<void> {
  const parser = await createParser(await readParserAssets());
  const connection = createConnection(ProposedFeatures.all);
  // A bug somewhere beside the requests must not take every document's answers with it.
  process.on('unhandledRejection', (error) => connection.console.error(`unhandled: ${describeError(error)}`));
  startServer(connection, parser);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
