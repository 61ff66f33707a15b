// What a stand-in does that is held: it waits as long as a file `hold` is beside it. What the editor shows while something runs
// can then be looked at on a machine of any speed.
const { existsSync } = require('node:fs');
const path = require('node:path');

async function untilLetGo() {
  while (existsSync(path.join(__dirname, 'hold'))) await new Promise((resolve) => setTimeout(resolve, 50));
}

module.exports = { untilLetGo };
