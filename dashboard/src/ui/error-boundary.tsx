import { Component, type ReactNode } from 'react'
import { Failure } from './failure.tsx'

type Props = { children: ReactNode }
type State = { error: Error | undefined }

/** Keeps what breaks while drawing, or cannot be loaded, inside its panel. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  // A module that failed to load stays failed until the page is loaded anew.
  private readonly retry = () => {
    if (this.state.error instanceof TypeError) location.reload()
    else this.setState({ error: undefined })
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return <Failure error={error} retry={this.retry} />
  }
}
