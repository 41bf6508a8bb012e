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
  const [picked, setPicked] = useState<ComboboxChoice | undefined>()
  const { data, error } = useQuery(BotAgentsToTry, {
    all: false,
    filter: { webhooksStates: ['ACTIVE', 'PAUSED', 'DISABLED'], nameStartsWith: text },
  })
  // One that the URL names is not known until it is read.
  const isPicked = picked?.value === botId
  const named = useQuery(BotAgentToTryById, botId && !isPicked ? { id: botId } : undefined).data?.botAgent
  return (
    <Combobox
      label="Bot"
      placeholder="The beginning of its name"
      note={error?.message ?? (data?.botAgents.nodes.length === 0 ? noneOf(text) : undefined)}
      choices={(data?.botAgents.nodes ?? []).map(choiceOf)}
      selected={isPicked ? picked : named?.id === botId && named ? choiceOf(named) : undefined}
      onSearch={setText}
      onSelect={(choice) => {
        setPicked(choice)
        onChange(choice?.value)
      }}
    />
  )
}

function noneOf(text: string): string {
  return text ? 'No bot with webhooks has a name that begins so.' : 'None of your bots has webhooks yet.'
}

function choiceOf({ id, name, webhooks }: Bot): ComboboxChoice {
  return { value: id, label: name, detail: webhooks?.url }
}
