/** What the gateway tells callers of its API to call is a button here. */
const inWords: readonly (readonly [said: string, inWords: string])[] = [
  ['call `enableWebhooks`', 'enable them'],
  ['called `enableWebhooks`', 'enabled the webhooks'],
  ['called `updateBotAgent`', 'changed the bot'],
]

/** A sentence of the gateway, in which names of the API stand between backticks. Errors come without a full stop. */
export function Sentence({ text }: { text: string }) {
  const said = inWords.reduce((text, [said, words]) => text.replaceAll(said, words), text)
  const ended = /[.!?…]$/.test(said) ? said : `${said}.`
  // Every second part stood between backticks.
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text do not move
  return ended.split('`').map((part, index) => (index % 2 === 0 ? part : <code key={`${index} ${part}`}>{part}</code>))
}
