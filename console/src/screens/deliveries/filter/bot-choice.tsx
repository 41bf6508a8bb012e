import { useState } from 'react'
import { Combobox } from '../../../design/combobox.tsx'
import { useQuery } from '../../../gateway/use-gateway.ts'
import { BotsByName } from './filter.operations.ts'

/** Adds a bot to those whose deliveries are shown. */
export function BotChoice({
  all,
  chosen,
  onAdd,
}: {
  all: boolean
  chosen: readonly string[]
  onAdd: (id: string) => void
}) {
  const [name, setName] = useState('')
  // Emptied by another key once a bot was chosen, so that the next one can be.
  const [turn, setTurn] = useState(0)
  const { data, error } = useQuery(BotsByName, { all, name })
  const choices = (data?.botAgents.nodes ?? []).filter(({ id }) => !chosen.includes(id))
  return (
    <Combobox
      key={turn}
      label="Bot"
      placeholder={chosen.length > 0 ? 'Another one' : 'Any'}
      note={
        error?.message ?? (data?.botAgents.nodes.length === 0 && name ? 'No bot has a name that begins so.' : undefined)
      }
      choices={choices.map(({ id, name }) => ({ value: id, label: name }))}
      selected={undefined}
      onSearch={setName}
      onSelect={(choice) => {
        if (!choice) return
        onAdd(choice.value)
        setName('')
        setTurn((turn) => turn + 1)
      }}
    />
  )
}
