import type { FanOutContender } from './fan-out-contenders.ts'
import type { FanOutTurn, FanOutWorkload } from './fan-out-turn.ts'
import { ratioOf } from './ratio.ts'
import { median } from './statistics.ts'
import { table } from './table.ts'

/** Prints what each contender has measured, beside the limit, and how the gateway compares with what one would build instead. */
export function reportFanOut(
  { name }: FanOutWorkload,
  results: ReadonlyMap<FanOutContender, readonly FanOutTurn[]>,
  {
    subscribers,
    limit,
    gateway,
    peer,
  }: { subscribers: number; limit: FanOutContender; gateway: FanOutContender; peer: FanOutContender },
): void {
  const of = (contender: FanOutContender, figure: 'gross' | 'net') =>
    (results.get(contender) ?? []).map((turn) => turn[figure])
  const bound = of(limit, 'gross')
  const rows = [...results].map(([contender, turns]) => {
    const [gross, net] = [of(contender, 'gross'), of(contender, 'net')]
    return [
      ...[contender.name, median(gross).toFixed(1), ratioOf(gross, bound)],
      ...(contender.alone ? [median(net).toFixed(1), ratioOf(net, bound)] : ['', '']),
      contender.alone ? median(turns.map(({ change }) => change)).toFixed(0) : '',
      median(turns.flatMap(({ waits }) => waits)).toFixed(1),
    ]
  })
  table(
    `${name}, to ${subscribers} subscribers; CPU of the server for each message, medians of ${bound.length} rounds`,
    ['', 'CPU µs', 'of the limit', 'net µs', 'of the limit', 'a change µs', 'all have it ms'],
    rows,
  )
  const ratios = (['gross', 'net'] as const).map((figure) => ratioOf(of(gateway, figure), of(peer, 'gross')))
  process.stdout.write(`${gateway.name} / ${peer.name}: ${ratios.join('; net ')}\n`)
}
