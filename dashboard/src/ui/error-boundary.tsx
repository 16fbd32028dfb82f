import { Component, type ReactNode } from 'react'
import { Failure } from './failure.tsx'

type Props = { children: ReactNode }
type State = { error: Error | undefined }

/** Keeps what breaks while drawing inside its panel. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return <Failure error={error} retry={() => this.setState({ error: undefined })} />
  }
}
