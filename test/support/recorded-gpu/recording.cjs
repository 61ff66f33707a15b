// What recorder.cjs and player.cjs share: how a question is told from others, and how an answer is kept as JSON.

/** The same question asked again gets the next recorded answer, the last one for ever. */
function keyOf(message) {
  if (message.type !== 'run') return message.type;
  const { symbol, grid, block, sharedBytes, coldCache } = message.job;
  return `run ${symbol} <<<${grid.join('x')}, ${block.join('x')}, ${sharedBytes}>>>${coldCache ? '' : ' warm'}`;
}

const round = (value) => Math.round(value * 1000) / 1000;

function toJson(answer) {
  if (!answer.samples) return answer;
  return { ...answer, samples: Array.from(answer.samples, round).slice(0, 200) };
}

function fromJson(answer, id) {
  return { ...answer, id, ...(answer.samples ? { samples: Float64Array.from(answer.samples) } : {}) };
}

module.exports = { keyOf, toJson, fromJson };
