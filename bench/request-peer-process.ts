import { type RequestPeerName, requestPeers } from './request-peers/request-peers.ts'

/** A peer in a process of its own: see request-contenders.ts. */
const [, , name = '', databaseUrl = ''] = process.argv
const listen = await requestPeers[name as RequestPeerName]()
process.send?.(await listen(databaseUrl))
process.on('disconnect', () => process.exit())
