import { InMemoryCache } from '@apollo/client'

export const cache = new InMemoryCache({
  typePolicies: {
    // Without ids: parts of what holds them.
    Viewer: { merge: true },
    Webhooks: { merge: true },
    // Select `clientId` wherever you select `application`.
    Application: { keyFields: ['clientId'] },
    Query: {
      fields: {
        botAgents: {
          keyArgs: ['all', 'statuses', 'filter', 'orderBy'],
          // The pages of a list as one, with the cursor of the first.
          merge: (before, page, { args }) =>
            args?.after && before ? { ...page, cursor: before.cursor, nodes: [...before.nodes, ...page.nodes] } : page,
        },
      },
    },
  },
})
