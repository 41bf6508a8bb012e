import type { PeerMessage } from './peer-contender.ts'
import { type Peer, peers } from './peers.ts'
import { openPoster } from './poster.ts'

/** See peer-contender.ts. */
let peer: Peer | undefined
let close = async () => {}

process.on('message', async (message: PeerMessage) => {
  if (message === 'fill') await peer?.fill()
  else if (message === 'send') await peer?.send()
  else {
    const { peer: name, task } = message
    const poster = openPoster(task)
    close = () => poster.close()
    peer = await peers[name](task, poster)
  }
  process.send?.('done')
})
process.once('disconnect', async () => {
  await close()
  process.exit()
})
