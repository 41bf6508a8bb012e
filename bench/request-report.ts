import { medianOf, ratio } from './ratio.ts'
import { gateway, limit, limitInJson, type RequestContender } from './request-contenders.ts'
import { CONNECTIONS, type Measured } from './request-load.ts'
import type { Workload } from './request-workloads.ts'
import { table } from './table.ts'

type Results = ReadonlyMap<RequestContender, readonly Measured[]>

/** Prints what each contender has measured for a workload, and how the gateway compares with the best that is not the limit. */
export function report(workload: Workload, results: Results): void {
  const rounds = Math.max(...[...results.values()].map(({ length }) => length))
  const bound = results.get(limit)
  table(
    `${workload.key}: ${workload.name}; ${CONNECTIONS} connections, medians of ${rounds} rounds`,
    ['', 'requests/s', 'of the limit', 'CPU ms', 'p50 ms', 'p99 ms', 'p99/p50'],
    [...results].map(([{ name }, measured]) => [
      name,
      medianOf(measured, 'perSecond').toFixed(0),
      bound ? ratio(measured, bound) : '',
      medianOf(measured, 'cpu').toFixed(3),
      medianOf(measured, 'p50').toFixed(1),
      medianOf(measured, 'p99').toFixed(1),
      (medianOf(measured, 'p99') / medianOf(measured, 'p50')).toFixed(1),
    ]),
  )
  const ours = results.get(gateway)
  const best = bestPeer(results)
  if (!ours || !best) return
  const [{ name }, theirs] = best
  process.stdout.write(`gateway / best peer (${name}): ${ratio(ours, theirs)}\n`)
  const inJson = results.get(limitInJson)
  if (inJson) process.stdout.write(`gateway / ${limitInJson.name}: ${ratio(ours, inJson)}\n`)
}

function bestPeer(results: Results): [RequestContender, readonly Measured[]] | undefined {
  return [...results]
    .filter(([contender]) => ![gateway, limit, limitInJson].includes(contender))
    .toSorted(([, one], [, other]) => medianOf(other, 'perSecond') - medianOf(one, 'perSecond'))[0]
}
