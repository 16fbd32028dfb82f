import { useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { api } from '../api/api.ts'
import { hasStatus } from '../api/api-error.ts'
import { apiPath } from '../paths.ts'
import { Logo } from '../shell/logo.tsx'
import { t } from '../strings/en.ts'
import { Button } from '../ui/button.tsx'
import { Failure } from '../ui/failure.tsx'
import { Page } from '../ui/page.tsx'

type Credentials = { token: string } | { code: string }
type Attempt =
  | { state: 'idle' }
  | { state: 'working' }
  | { state: 'failed'; error: Error; tried: 'token' | 'code' }

/** A token by hand, or the one-time code of the link that the start prints. */
export function LoginPage() {
  const [token, setToken] = useState('')
  const { attempt, logIn } = useLogin()
  const refused = attempt.state === 'failed' && hasStatus(attempt.error, 401)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    void logIn({ token: token.trim() })
  }
  return (
    <div className="grid min-h-dvh place-items-center bg-surface px-4 py-8">
      <div className="w-full max-w-md rounded-panel border border-hairline bg-bg">
        <Page
          name="login"
          title={t.login.title}
          state={attempt.state === 'failed' ? 'error' : 'ready'}
        >
          <Logo wordless={false} />
          <div className="flex flex-col gap-1">
            <h1 className="text-h1 font-semibold tracking-tight">{t.login.title}</h1>
            <p className="text-muted">{t.login.lead}</p>
          </div>
          <form onSubmit={submit} className="flex flex-col gap-3">
            <label htmlFor="token" className="font-medium">
              {t.login.token}
            </label>
            <input
              id="token"
              type="password"
              autoComplete="current-password"
              required
              maxLength={200}
              value={token}
              onChange={(event) => setToken(event.target.value)}
              aria-invalid={refused}
              aria-describedby="token-note"
              className="h-10 rounded-control border border-line bg-bg px-3 font-mono"
            />
            <p id="token-note" className="text-dense text-muted">
              {t.login.where}
            </p>
            {refused && (
              <p role="alert" className="text-roll-back">
                {attempt.tried === 'token' ? t.login.wrongToken : t.login.wrongCode}
              </p>
            )}
            <Button
              type="submit"
              disabled={attempt.state === 'working'}
              className="min-h-10 !border-text !bg-text text-bg"
            >
              {attempt.state === 'working' ? t.login.working : t.login.submit}
            </Button>
          </form>
          {attempt.state === 'failed' && !refused && (
            <Failure error={attempt.error} retry={() => location.reload()} />
          )}
        </Page>
      </div>
    </div>
  )
}

function useLogin() {
  const router = useRouter()
  const queryClient = useQueryClient()
  const { code, next } = useSearch({ from: '/login' })
  const [attempt, setAttempt] = useState<Attempt>({ state: 'idle' })
  // A code works once, and effects run twice in development.
  const codeSent = useRef(false)

  const logIn = async (credentials: Credentials) => {
    setAttempt({ state: 'working' })
    try {
      await api.post(apiPath.login(), credentials, 'session')
      queryClient.clear()
      router.history.replace(next ?? '/')
    } catch (error) {
      const tried = 'token' in credentials ? 'token' : 'code'
      setAttempt({ state: 'failed', error: error as Error, tried }) // fetch and api throw Errors
    }
  }

  useEffect(() => {
    const given = code ?? new URLSearchParams(location.hash.slice(1)).get('code')
    if (given === null || codeSent.current) return
    codeSent.current = true
    void logIn({ code: given })
  })
  return { attempt, logIn }
}
