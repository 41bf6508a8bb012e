/** @param url any of the server @returns the value of one of its metrics; NaN if it has none of that name */
export async function metricOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text()
  const [, value = 'NaN'] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? []
  return Number(value)
}
