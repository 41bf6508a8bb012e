import { Tabs } from '../../design/tabs.tsx'
import { parts } from '../../route/route.ts'
import { useSearch } from '../../route/use-route.ts'
import { Screen } from '../../shell/screen.tsx'
import { ChatTab } from './chat-tab.tsx'
import { EventTab } from './event-tab.tsx'
import { ExampleTab } from './example-tab.tsx'

const { parameter, names } = parts.try

export default function TryScreen() {
  const [search, change] = useSearch()
  const tab = names.find((name) => name === search.get(parameter)) ?? 'example'
  return (
    <Screen title="Try it">
      <Tabs
        label="What to try"
        value={tab}
        onChange={(tab) => change({ [parameter]: tab === 'example' ? undefined : tab }, { push: true })}
        tabs={[
          { value: 'example', label: 'Example', content: () => <ExampleTab /> },
          { value: 'event', label: 'Event', content: () => <EventTab /> },
          { value: 'chat', label: 'Conversation', content: () => <ChatTab /> },
        ]}
      />
    </Screen>
  )
}
