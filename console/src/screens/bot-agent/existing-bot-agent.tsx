import { useState } from 'react'
import { Badge } from '../../design/badge.tsx'
import { Button, buttonClass } from '../../design/button.tsx'
import { classNames } from '../../design/class-names.ts'
import { Copy } from '../../design/copy.tsx'
import { Icon } from '../../design/icon.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { Tabs } from '../../design/tabs.tsx'
import { Time } from '../../design/time.tsx'
import { Link } from '../../route/link.tsx'
import { parts, pathOf } from '../../route/route.ts'
import { useUnsaved } from '../../route/unsaved.ts'
import { useSearch } from '../../route/use-route.ts'
import { Outdated } from '../../shell/outdated.tsx'
import { Screen } from '../../shell/screen.tsx'
import { statuses, webhooksStates } from '../../words/bot-agent-words.ts'
import { AuditTab } from './audit-tab.tsx'
import styles from './bot-agent.module.css'
import type { BotAgent } from './draft/draft.ts'
import { HealthTab } from './health-tab.tsx'
import { usePermission } from './permission.tsx'
import { RemoveDialog } from './remove-dialog.tsx'
import { SettingsTab } from './settings-tab.tsx'
import type { LiveBotAgent } from './use-bot-agent.ts'
import { useBotAgentForm } from './use-bot-agent-form.ts'

const { parameter, names } = parts['bot-agent']

export function ExistingBotAgent({
  live: { bot, catalogue, error, reload, take },
}: {
  live: LiveBotAgent & { bot: BotAgent }
}) {
  const permission = usePermission(bot)
  const form = useBotAgentForm(bot, take)
  useUnsaved(form.changes.length > 0)
  const [search, change] = useSearch()
  const [removing, setRemoving] = useState(false)
  const tab = names.find((name) => name === search.get(parameter)) ?? 'settings'
  const { label, tone } = statuses[bot.status]
  return (
    <Screen
      title={bot.name}
      aside={
        <span className={styles.states}>
          <Badge tone={tone} dot>
            {label}
          </Badge>
          {bot.webhooks && bot.webhooks.state !== 'ACTIVE' && (
            <Link to={`${pathOf({ screen: 'bot-agent', id: bot.id })}?tab=health`}>
              <Badge tone={webhooksStates[bot.webhooks.state].tone}>
                Webhooks {webhooksStates[bot.webhooks.state].label.toLowerCase()}
              </Badge>
            </Link>
          )}
        </span>
      }
      actions={
        <>
          {permission.mayRemove && (
            <Button look="quiet" size="small" onClick={() => setRemoving(true)}>
              Remove
            </Button>
          )}
          <Link
            className={classNames(buttonClass({ size: 'small' }), styles.action)}
            to={`${pathOf({ screen: 'try' })}?bot=${bot.id}`}
          >
            <Icon name="try" size={16} />
            Send example
          </Link>
          <Link
            className={classNames(buttonClass({ size: 'small' }), styles.action)}
            to={`${pathOf({ screen: 'deliveries' })}?bot=${bot.id}${permission.isOwn ? '' : '&of=all'}`}
          >
            <Icon name="deliveries" size={16} />
            Its deliveries
          </Link>
        </>
      }
    >
      {error && <Outdated error={error} onRetry={reload} />}
      <p className={styles.facts}>
        <span>
          <code>{bot.id}</code> <Copy value={bot.id} label="Copy the id" />
        </span>
        <span>{bot.application.clientId}</span>
        <span>
          updated <Time at={bot.updatedAt} ago />
        </span>
        {!permission.mayRemove && !permission.isOwn && (
          <ScopeNote to="remove bots of other applications" scope="agents-bot--all:rw" />
        )}
      </p>
      <Tabs
        label="About this bot"
        value={tab}
        onChange={(tab) => change({ [parameter]: tab === 'settings' ? undefined : tab }, { push: true })}
        tabs={[
          {
            value: 'settings',
            label: form.changes.length > 0 ? 'Settings (changed)' : 'Settings',
            content: () => <SettingsTab {...{ bot, form, catalogue, permission }} onChanged={take} />,
          },
          {
            value: 'health',
            label: 'Health',
            content: () => <HealthTab {...{ bot, permission }} onReload={reload} />,
          },
          { value: 'audit', label: 'Audit trail', content: () => <AuditTab {...{ bot, permission }} /> },
        ]}
      />
      {removing && <RemoveDialog bot={bot} onClose={() => setRemoving(false)} />}
    </Screen>
  )
}
