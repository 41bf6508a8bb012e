import { Screen } from '../../shell/screen.tsx'

export default function TroubleScreen() {
  return <Screen title="Trouble">{null}</Screen>
}
