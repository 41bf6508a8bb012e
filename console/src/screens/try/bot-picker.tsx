import { useState } from 'react'
import { Combobox, type ComboboxChoice } from '../../design/combobox.tsx'
import { useQuery } from '../../gateway/use-gateway.ts'
import { BotAgentsToTry, BotAgentToTryById, type BotAgentToTryFragment } from './try.operations.ts'

export type Bot = BotAgentToTryFragment

/** Chooses one of the bots of the caller that have webhooks. @param props.botId the one that is chosen */
export function BotPicker({
  botId,
  onChange,
}: {
  botId: string | undefined
  onChange: (id: string | undefined) => void
}) {
  const [text, setText] = useState('')
  const { data } = useQuery(BotAgentsToTry, {
    all: false,
    filter: { webhooksStates: ['ACTIVE', 'PAUSED', 'DISABLED'], nameStartsWith: text },
  })
  const chosen = useQuery(BotAgentToTryById, botId ? { id: botId } : undefined).data?.botAgent
  return (
    <Combobox
      key={chosen?.id}
      label="Bot"
      placeholder="The beginning of its name"
      choices={(data?.botAgents.nodes ?? []).map(choiceOf)}
      selected={chosen && chosen.id === botId ? choiceOf(chosen) : undefined}
      onSearch={setText}
      onSelect={(choice) => onChange(choice?.value)}
    />
  )
}

function choiceOf({ id, name, webhooks }: Bot): ComboboxChoice {
  return { value: id, label: name, detail: webhooks?.url }
}
