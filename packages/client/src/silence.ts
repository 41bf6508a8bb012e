/** The gateway sends something at least every 12 seconds. */
const LONGEST_SILENCE = 30_000

/** A `fetch` whose response bodies fail when nothing has come for too long: a broken connection may never say so. */
export function aliveBody(send: typeof fetch): typeof fetch {
  return async (url, init) => {
    const response = await send(url, init)
    if (!response.body || !response.ok) return response
    const { status, statusText, headers } = response
    return new Response(response.body.pipeThrough(failingWhenSilent()), { status, statusText, headers })
  }
}

function failingWhenSilent(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let timer: ReturnType<typeof setTimeout>
  const listen = (controller: TransformStreamDefaultController) => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.error(new Error('The connection has gone silent')), LONGEST_SILENCE)
  }
  return new TransformStream({
    start: listen,
    transform(chunk, controller) {
      listen(controller)
      controller.enqueue(chunk)
    },
    flush: () => clearTimeout(timer),
    cancel: () => clearTimeout(timer),
  } as Transformer)
}
