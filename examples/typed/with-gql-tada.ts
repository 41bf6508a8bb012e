import { initGraphQLTada, type ResultOf, type VariablesOf } from 'gql.tada'
import type { introspection } from './__generated__/gql-tada.d.ts'

export const graphql = initGraphQLTada<{
  introspection: introspection
  scalars: { DateTime: string; JSON: unknown }
}>()

export const DELIVERIES = graphql(`
  query ($states: [WebhookDeliveryState!]) {
    webhookDeliveries(states: $states) {
      nodes { id state createdAt chatEvent { data } }
    }
  }
`)

type Delivery = ResultOf<typeof DELIVERIES>['webhookDeliveries']['nodes'][number]

/** Times are text. */
export const timeOf = ({ createdAt }: Delivery): number => Date.parse(createdAt)
export const failed: VariablesOf<typeof DELIVERIES> = { states: ['FAILED'] }
// @ts-expect-error: there is no such state.
export const lost: VariablesOf<typeof DELIVERIES> = { states: ['LOST'] }
