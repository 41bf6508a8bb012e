/**
 * Lets contenders take turns: each has one in every round, and who begins moves on by one each round, so that nobody always follows the
 * same one.
 * @returns what each has measured, by round
 */
export async function inTurn<Contender, Measurement>(
  contenders: readonly Contender[],
  rounds: number,
  turn: (contender: Contender) => Promise<Measurement>,
): Promise<Map<Contender, Measurement[]>> {
  const measured = new Map(contenders.map((contender) => [contender, [] as Measurement[]]))
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      measured.get(contender)?.push(await turn(contender))
    }
  }
  return measured
}
