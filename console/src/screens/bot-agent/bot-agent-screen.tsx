import { Screen } from '../../shell/screen.tsx'

/** @param props.id `undefined`: a new bot */
export default function BotAgentScreen({ id }: { id: string | undefined }) {
  return <Screen title={id ? 'Bot' : 'New bot'}>{null}</Screen>
}
