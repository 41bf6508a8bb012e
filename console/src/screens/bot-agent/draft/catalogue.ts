import type { ActionCatalogueQuery } from './bot-agent.operations.ts'

/** The actions that a bot can listen to, with what each takes. */
export type Catalogue = ActionCatalogueQuery['webhookActions']
