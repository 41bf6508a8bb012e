/** The form of each Node type's ids, by which `node(id)` tells them apart. */
const forms = {
  BotAgent: /^[0-9a-f]{32}$/,
  WebhookDelivery: /^dlv_[0-9a-f]{32}$/,
  ChatEvent: /^evt_[0-9a-f]{32}$/,
} as const

export type NodeTypename = keyof typeof forms

/** `undefined`: nothing has such an id. */
export function typenameOf(id: string): NodeTypename | undefined {
  return (Object.keys(forms) as NodeTypename[]).find((typename) => forms[typename].test(id))
}
