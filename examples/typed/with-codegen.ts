import { type DocumentType, graphql } from './__generated__/codegen/index.ts'

export const AUDIT = graphql(`
  query Audit($bots: [ID!]) {
    auditTrail(botAgentIds: $bots, first: 1) {
      nodes { action botAgentId createdAt }
    }
  }
`)

export type Entry = DocumentType<typeof AUDIT>['auditTrail']['nodes'][number]

/** Times are text. */
export const timeOf = ({ createdAt }: Entry): number => Date.parse(createdAt)
// @ts-expect-error: there is no such action.
export const isForgotten = ({ action }: Entry): boolean => action === 'FORGOTTEN'
