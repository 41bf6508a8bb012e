import styles from './sparkline.module.css'

export interface SparklineBucket {
  readonly good: number
  readonly bad: number
}

const WIDTH = 4
const GAP = 1

/** What became of something, hour by hour: good below, bad on top. @param props.label says it in a sentence */
export function Sparkline({
  buckets,
  label,
  height = 24,
}: {
  buckets: readonly SparklineBucket[]
  label: string
  height?: number
}) {
  const most = Math.max(1, ...buckets.map(({ good, bad }) => good + bad))
  const scale = (count: number) => (count === 0 ? 0 : Math.max(2, (count / most) * height))
  const width = Math.max(1, buckets.length) * (WIDTH + GAP) - GAP
  return (
    <svg
      className={styles.sparkline}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      height={height}
    >
      <title>{label}</title>
      {buckets.map(({ good, bad }, index) => {
        const x = index * (WIDTH + GAP)
        const [up, down] = [scale(good), scale(bad)]
        // The hours are always in the same order and number.
        const key = index
        if (up + down === 0)
          return <rect key={key} className={styles.none} x={x} y={height - 2} width={WIDTH} height={2} />
        const squeeze = Math.min(1, height / (up + down))
        return (
          <g key={key}>
            <rect className={styles.good} x={x} y={height - up * squeeze} width={WIDTH} height={up * squeeze} />
            <rect
              className={styles.bad}
              x={x}
              y={height - (up + down) * squeeze}
              width={WIDTH}
              height={down * squeeze}
            />
          </g>
        )
      })}
    </svg>
  )
}
