/**
 * Runs a statement again and again, so that no transaction gets long.
 * @param statement affects at most `batch` rows; it is the last one when it affects fewer
 * @returns how many rows were affected in all
 */
export async function inBatches(batch: number, statement: () => Promise<number>): Promise<number> {
  let affected = 0
  for (let last = batch; last === batch; affected += last) last = await statement()
  return affected
}
