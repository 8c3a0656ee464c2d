/**
 * `clients` that each do `warm + count` times the next piece of work, one after the other.
 * @returns {Promise<{ rate: number, times: number[] }>} a second; milliseconds. What is warm-up is not in them.
 */
export async function closedLoop({ clients, count, warm, work }) {
  const times = [];
  let first = Infinity;
  let last = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let turn = 0; turn < warm + count; turn++) {
        const began = performance.now();
        await work(turn * clients + client);
        const ended = performance.now();
        if (turn < warm) continue;
        times.push(ended - began);
        first = Math.min(first, began);
        last = Math.max(last, ended);
      }
    }),
  );
  return { rate: (1000 * times.length) / (last - first), times };
}
