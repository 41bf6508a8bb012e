import { Screen } from '../../shell/screen.tsx'

export default function DeliveriesScreen() {
  return <Screen title="Deliveries">{null}</Screen>
}
