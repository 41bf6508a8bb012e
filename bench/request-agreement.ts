import { deepStrictEqual } from 'node:assert/strict'
import type { Started } from './request-contenders.ts'
import type { Workload } from './request-workloads.ts'

/**
 * Asks contenders once for the same bot agents, before anything is measured.
 * @throws if an answer differs from that of the first of them
 */
export async function demandAgreement(workload: Workload, contenders: readonly Started[]): Promise<void> {
  const [first] = contenders
  if (!first) return
  const call = workload.call(first.bots, 0)
  const answers = contenders.map(async (contender) => {
    const { licenseId, path, body } = contender.shotOf(workload, call)
    const headers = { authorization: contender.authorizations[licenseId] ?? '', 'content-type': 'application/json' }
    const response = await fetch(new URL(path, contender.origin), { method: 'POST', headers, body })
    return JSON.parse(await response.text(), withTimes)
  })
  const [expected, ...others] = await Promise.all(answers)
  for (const [index, answer] of others.entries()) {
    deepStrictEqual(answer, expected, `${contenders[index + 1]?.name} does not answer what ${first.name} answers`)
  }
}

/** PostgreSQL writes times in another form than JavaScript does. */
function withTimes(name: string, value: unknown): unknown {
  return name === 'createdAt' || name === 'updatedAt' ? Date.parse(String(value)) : value
}
