import { LoadingState, Skeleton } from '../../design/states.tsx'
import { Failure } from '../../shell/failure.tsx'
import { Screen } from '../../shell/screen.tsx'
import { ExistingBotAgent } from './existing-bot-agent.tsx'
import { GoneBotAgent, UnknownBotAgent } from './missing-bot-agent.tsx'
import { NewBotAgent } from './new-bot-agent.tsx'
import { useBotAgent } from './use-bot-agent.ts'

/** @param props.id `undefined`: a new bot */
export default function BotAgentScreen({ id }: { id: string | undefined }) {
  return id === undefined ? <NewBotAgent /> : <BotAgentById id={id} />
}

function BotAgentById({ id }: { id: string }) {
  const live = useBotAgent(id)
  if (live.bot) {
    return live.removed ? <GoneBotAgent name={live.bot.name} /> : <ExistingBotAgent live={{ ...live, bot: live.bot }} />
  }
  if (live.bot === null) return <UnknownBotAgent />
  return (
    <Screen title="Bot">
      {live.error ? (
        <Failure error={live.error} onRetry={live.reload} />
      ) : (
        <LoadingState label="Loading the bot">
          <Skeleton height="2.25rem" />
          <Skeleton height="30rem" />
        </LoadingState>
      )}
    </Screen>
  )
}
