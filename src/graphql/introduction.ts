/** The description of the schema, in Markdown: what a newcomer reads first. Links lead to what every gateway with introspection serves. */
export const introduction = `The API for the bot agents of a chat platform. Create, change and remove bot agents, receive webhooks, define and search properties, and watch changes live, without gaps or duplicates.

Send an access token in the header \`Authorization: Bearer <token>\`, or over WebSocket in the payload of \`connection_init\`. The description of each query, mutation and subscription ends with what it requires of the token. The query \`viewer\` shows what yours allows.

The gateway also serves [this schema as text](/schema.graphql), and the [OpenAPI description](/agents/openapi.json) of the HTTP methods under \`/agents/\`. The guides come with its source: \`docs/protocol.md\` says how to connect and how to resume a stream, \`docs/permissions.md\` what each scope allows, \`docs/errors.md\` what each error means, \`docs/webhooks.md\` how to receive webhooks, and \`docs/properties.md\` how to use properties.`
