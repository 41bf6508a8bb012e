import { Component, type ReactNode } from 'react'
import { ErrorState } from '../design/states.tsx'

interface State {
  readonly failure?: Error
}

/** A screen that fails, or that can’t be loaded because the gateway is another one by now, leaves the rest of the page as it is. */
export class ScreenBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = {}

  static getDerivedStateFromError(failure: Error): State {
    return { failure }
  }

  override render() {
    if (!this.state.failure) return this.props.children
    return (
      <ErrorState
        message="This screen could not be shown. The gateway may have been updated since the page was opened."
        onRetry={() => location.reload()}
      />
    )
  }
}
