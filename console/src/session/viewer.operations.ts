// Written by `npm run schema` from viewer.graphql.

import { operation } from '../gateway/operation.ts'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] }
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never }
export type CurrentViewerQueryVariables = Exact<{ [key: string]: never }>

export interface CurrentViewerQuery {
  viewer: { clientId: string; licenseId: number; scopes: Array<string>; expiresAt: string | null }
}

export const CurrentViewer = operation<CurrentViewerQuery, CurrentViewerQueryVariables>(
  'query CurrentViewer{viewer{clientId licenseId scopes expiresAt}}',
)
