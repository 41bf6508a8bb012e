/** A sentence of the gateway, in which names of the API stand between backticks. */
export function Sentence({ text }: { text: string }) {
  // Every second part stood between backticks.
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text do not move
  return text.split('`').map((part, index) => (index % 2 === 0 ? part : <code key={`${index} ${part}`}>{part}</code>))
}
