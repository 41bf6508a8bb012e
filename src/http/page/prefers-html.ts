/** @param accept as in the request @returns whether the client likes HTML best, as browsers do */
export function prefersHtml(accept = ''): boolean {
  const qualities = new Map(
    accept.split(',').map((range) => {
      const [type, ...parameters] = range.split(';').map((part) => part.trim())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return [type, Number(quality ?? 1)]
    }),
  )
  return qualities.get('text/html') === Math.max(...qualities.values())
}
