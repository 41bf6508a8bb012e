import { Screen } from '../../shell/screen.tsx'

export default function TryScreen() {
  return <Screen title="Try it">{null}</Screen>
}
