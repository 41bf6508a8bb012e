/** A statement of the gateway, and by what it is recognised. */
interface Known {
  readonly name: string
  /** Where it is, below `src/`. */
  readonly file: string
  readonly has: RegExp
  /** Whether its plan is printed. */
  readonly shown?: true
}

const shown = true

/** The first that fits is meant. */
const known: readonly Known[] = [
  // Claim and outcome
  { name: 'claim', file: 'deliveries/claim-sql.ts', has: /insert into webhook_claim/, shown },
  { name: 'write outcomes (`complete`)', file: 'deliveries/delivery-queue.ts', has: /"claimId" uuid/, shown },
  { name: 'health of destinations', file: 'deliveries/webhooks-health.ts', has: /with verdict as/ },
  {
    name: 'claims that are written',
    file: 'deliveries/delivery-queue.ts',
    has: /^delete from webhook_claim where id = any/,
  },
  {
    name: 'claims that got lost',
    file: 'deliveries/delivery-queue.ts',
    has: /^delete from webhook_claim where worker =/,
  },
  {
    name: 'claims of absent workers',
    file: 'deliveries/delivery-queue.ts',
    has: /^select distinct worker from webhook_claim/,
  },
  { name: 'take over from a dead worker', file: 'deliveries/delivery-queue.ts', has: /with dead as/, shown },
  { name: 'walk through 1,000 lanes', file: 'deliveries/delivery-queue.ts', has: /pinged as/, shown },
  { name: 'census of the workers', file: 'deliveries/delivery-session.ts', has: /as workers,/ },
  { name: 'take partitions', file: 'deliveries/delivery-session.ts', has: /pg_try_advisory_lock/ },
  { name: 'give up partitions', file: 'deliveries/delivery-session.ts', has: /pg_advisory_unlock/ },
  { name: 'lock of the worker', file: 'deliveries/delivery-session.ts', has: /^select pg_advisory_lock/ },
  { name: 'memory of the session', file: 'deliveries/delivery-session.ts', has: /length\(repeat/ },
  { name: 'hints for other gateways', file: 'deliveries/delivery-session.ts', has: /pg_notify/ },
  { name: 'the metric of what is due', file: 'deliveries/delivery-upkeep.ts', has: /as due from/, shown },
  // Intake
  {
    name: 'insert an event with a key',
    file: 'chat-events/chat-event-store.ts',
    has: /insert into chat_event_key/,
    shown,
  },
  {
    name: 'insert an event',
    file: 'chat-events/chat-event-store.ts',
    has: /with current as materialized.*insert into chat_event \(/,
    shown,
  },
  { name: 'insert events of bot agents', file: 'chat-events/chat-event-store.ts', has: /insert into chat_event \(/ },
  { name: 'the event of a key', file: 'chat-events/chat-event-store.ts', has: /from chat_event_key join chat_event/ },
  {
    name: 'a page of listeners',
    file: 'chat-events/listeners.ts',
    has: /jsonb_array_elements\(webhooks_actions\)/,
    shown,
  },
  {
    name: 'version of the listeners',
    file: 'chat-events/listeners.ts',
    has: /renew_listening|INSERT INTO "listening"/,
  },
  { name: 'fan-out that is left', file: 'chat-events/fan-out-worker.ts', has: /fan_out"? .*(?:limit|LIMIT)/ },
  { name: 'ping', file: 'deliveries/outbox.ts', has: /with made as .* select from reported/ },
  // Lists
  {
    name: 'replay: next 1,000',
    file: 'delivery-log/delivery-scan.ts',
    has: /looked as materialized.*select delivery\.id, delivery\.number from/,
    shown,
  },
  { name: 'filtered deliveries', file: 'delivery-log/delivery-scan.ts', has: /looked as materialized/, shown },
  { name: 'count of deliveries', file: 'delivery-log/delivery-scan.ts', has: /count\(\*\)::int as looked/, shown },
  {
    name: 'deliveries of bot agents',
    file: 'delivery-log/delivery-list.ts',
    has: /with recursive key as.*hashtext\(bot_agent_id\)/,
    shown,
  },
  {
    name: 'deliveries of an application',
    file: 'delivery-log/delivery-list.ts',
    has: /with recursive key as \(select hashtext/,
    shown,
  },
  { name: 'deliveries of a license', file: 'delivery-log/delivery-list.ts', has: /with recursive key as/, shown },
  {
    name: 'attempts of deliveries',
    file: 'delivery-log/webhook-delivery-store.ts',
    has: /number > attempt_count -/,
    shown,
  },
  {
    name: 'attempts of an update',
    file: 'delivery-log/webhook-delivery-store.ts',
    has: /wanted \(delivery_id, attempt\)/,
  },
  {
    name: 'webhooks of a bot agent',
    file: 'delivery-log/webhook-delivery-store.ts',
    has: /webhooks_actions as actions, webhooks_state as state/,
  },
  { name: 'audit trail', file: 'audit/audit-entry-store.ts', has: /^SELECT .* FROM "public"."audit_entry"/, shown },
  {
    name: 'audit trail of bot agents',
    file: 'audit/audit-entry-store.ts',
    has: /^select entry\.id, license_id as "licenseId"/,
    shown,
  },
  // Replays
  { name: 'replay: last number', file: 'delivery-log/replays.ts', has: /webhook_delivery_number_seq/ },
  { name: 'replay: what is recorded', file: 'delivery-log/replays.ts', has: /from webhook_replay where/ },
  { name: 'replay: deliveries', file: 'deliveries/outbox.ts', has: /replayed as \( update webhook_delivery/, shown },
  // Feed
  {
    name: 'follower: last position, appenders and notices',
    file: 'feed/follower.ts',
    has: /'feed_position'.*as notices/,
    shown,
  },
  { name: 'follower: entries', file: 'feed/follower.ts', has: /from feed_retention left join \(/, shown },
  { name: 'catch-up: range', file: 'feed/catch-up.ts', has: /select epoch, pruned_through as pruned/ },
  { name: 'catch-up: page', file: 'feed/catch-up.ts', has: /with scanned as/, shown },
  // Sweeps
  { name: 'sweep: deliveries', file: 'deliveries/delivery-upkeep.ts', has: /with cutoff as/, shown },
  { name: 'sweep: chats to resume', file: 'deliveries/delivery-upkeep.ts', has: /left_alone as/, shown },
  {
    name: 'sweep: cancel or hold what waits',
    file: 'deliveries/stopped-webhooks.ts',
    has: /ended as \( update webhook_delivery/,
    shown,
  },
  { name: 'sweep: whose webhooks are stopped', file: 'deliveries/stopped-webhooks.ts', has: /stopped_webhooks/ },
  { name: 'sweep: events', file: 'chat-events/chat-event-upkeep.ts', has: /with seen as/, shown },
  {
    name: 'sweep: events without deliveries',
    file: 'chat-events/chat-event-upkeep.ts',
    has: /where matched = 0/,
    shown,
  },
  {
    name: 'sweep: keys of events',
    file: 'chat-events/chat-event-upkeep.ts',
    has: /^delete from chat_event_key/,
    shown,
  },
  { name: 'sweep: feed', file: 'feed/feed.ts', has: /with oldest as/, shown },
  { name: 'sweep: audit trail', file: 'audit/audit-entry-store.ts', has: /^delete from audit_entry/, shown },
  {
    name: 'sweep: former secret keys',
    file: 'webhooks/former-secret-keys.ts',
    has: /^delete from former_secret_key/,
    shown,
  },
  {
    name: 'sweep: access tokens',
    file: 'identity/revocation/access-token-store.ts',
    has: /^delete from access_token/,
    shown,
  },
  {
    name: 'sweep: revocations',
    file: 'identity/revocation/access-token-store.ts',
    has: /^delete from token_revocation/,
    shown,
  },
  {
    name: 'sweep: logout tokens',
    file: 'identity/revocation/access-token-store.ts',
    has: /^delete from logout_token/,
    shown,
  },
  // Tokens
  { name: 'record a token', file: 'identity/revocation/access-token-store.ts', has: /with revoked as/ },
  {
    name: 'revocation: the tokens that it covers',
    file: 'identity/revocation/access-token-store.ts',
    has: /revocation_keys @> array/,
  },
  {
    name: 'revocation: record it',
    file: 'identity/revocation/access-token-store.ts',
    has: /^insert into token_revocation/,
  },
  {
    name: 'revocation: whom it logs out',
    file: 'bot-agents/bot-agent-store.ts',
    has: /with logged_in as \( select id, status/,
    shown,
  },
  { name: 'remove a bot agent', file: 'bot-agents/bot-agent-store.ts', has: /^delete from bot_agent/ },
  // Written by PostgreSQL or Prisma
  { name: 'foreign key', file: '', has: /ONLY "public"/ },
]

/** @returns what a statement is for, as precisely as its text tells */
export function nameOf(text: string): { name: string; file: string; shown: boolean; place: number } {
  const place = known.findIndex(({ has }) => has.test(text))
  const found = known[place]
  if (!found) return { ...unknown(text), place: known.length }
  const { name, file, shown = false } = found
  return { name: file === '' ? `${name}: ${tableOf(text)}` : name, file, shown, place }
}

/** What Prisma writes has the form `SELECT … FROM "public"."bot_agent"`; the rest is told by its beginning. */
function unknown(text: string): { name: string; file: string; shown: boolean } {
  const [, verb = ''] = /^(SELECT|INSERT|UPDATE|DELETE)\b.*"public"\."/.exec(text) ?? []
  const name = verb ? `Prisma: ${verb.toLowerCase()} ${tableOf(text)}` : `\`${text.slice(0, 60).replaceAll('|', '¦')}\``
  return { name, file: '', shown: false }
}

const tableOf = (text: string) => /(?:FROM|INTO|UPDATE) (?:ONLY )?"public"\."(\w+)"/.exec(text)?.[1] ?? ''
