import { builder } from '../graphql/builder.ts'
import { requires } from '../graphql/permission.ts'
import { AdditionalDataRef, WebhookActionRef } from '../webhooks/webhooks.schema.ts'
import { type CataloguedAction, webhookCatalogue } from './webhook-catalogue.ts'

const WebhookActionInfoRef = builder.objectRef<CataloguedAction>('WebhookActionInfo').implement({
  description: 'An action that can trigger webhooks, and what its webhooks look like.',
  fields: (t) => ({
    name: t.expose('name', { type: WebhookActionRef, description: 'The action.' }),
    description: t.exposeString('description', { description: 'What has happened when it is sent.' }),
    filters: t.stringList({
      description: 'The filters that it takes, by their names in `WebhookFiltersInput`.',
      resolve: ({ filters }) => [...filters],
    }),
    additionalData: t.field({
      type: [AdditionalDataRef],
      description: 'The additional data that its webhooks can carry.',
      resolve: ({ additionalData }) => [...additionalData],
    }),
    dataSchema: t.field({
      type: 'JSON',
      description:
        'A JSON Schema (2020-12) of the `data` of its webhooks. Optional fields to which it gives no type are as the platform reports them, even null. There may be more fields than it names: ignore those that you do not know.',
      resolve: ({ dataSchema }) => dataSchema,
    }),
    example: t.field({
      type: 'JSON',
      description: 'An example of `data`, which `sendExampleWebhook` sends.',
      resolve: ({ example }) => example,
    }),
  }),
})

builder.queryField('webhookActions', (t) =>
  t.field({
    ...requires({}),
    type: [WebhookActionInfoRef],
    description: 'The catalogue of all actions that a bot agent can listen to.',
    resolve: () => [...webhookCatalogue],
  }),
)
