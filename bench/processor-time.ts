/** What `/metrics` of a contender says, in the gateway's words: how many seconds of a processor its process has used. */
export function processorTime(): string {
  const { user, system } = process.cpuUsage()
  return `process_cpu_seconds_total ${(user + system) / 1_000_000}\n`
}
