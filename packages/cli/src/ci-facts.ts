/** What a CI system says about the run that deploys; absent where it does not say. */
export type CiFacts = {
  revision?: string
  ref?: string
  repository?: string
  url?: string
  actor?: string
  /** The same for every step of one run, so that `started` and `succeeded` are one deployment. */
  run?: string
}

type Env = Readonly<Record<string, string | undefined>>
/** Where the CI system takes a summary of the run, as Markdown. */
export function readSummaryFile(env: Env): string | undefined {
  return env['GITHUB_STEP_SUMMARY'] || undefined
}

type System = { marker: string; read: (env: Env) => Record<keyof CiFacts, string | undefined> }

/**
 * Facts of the first CI system whose revision variable is set.
 *
 * @see https://docs.github.com/actions/reference/variables-reference
 * @see https://docs.gitlab.com/ci/variables/predefined_variables/
 * @see https://circleci.com/docs/variables/
 * @see https://www.jenkins.io/doc/book/pipeline/jenkinsfile/ (with the Git plugin's GIT_*)
 */
export function readCiFacts(env: Env): CiFacts {
  const system = SYSTEMS.find(({ marker }) => env[marker])
  if (system === undefined) return {}
  const facts = system.read(env)
  return Object.fromEntries(
    Object.entries({
      ...facts,
      repository: withoutCredentials(facts.repository),
      url: webAddress(facts.url),
    }).filter(([, value]) => value !== undefined && value !== ''),
  )
}

const SYSTEMS: System[] = [
  {
    marker: 'GITHUB_SHA',
    read: (env) => {
      const repository = join(env['GITHUB_SERVER_URL'], env['GITHUB_REPOSITORY'])
      return {
        revision: env['GITHUB_SHA'],
        ref: env['GITHUB_REF'],
        repository,
        url: join(repository, 'actions/runs', env['GITHUB_RUN_ID']),
        actor: env['GITHUB_ACTOR'],
        run: join('github', env['GITHUB_RUN_ID'], env['GITHUB_RUN_ATTEMPT'] ?? '1'),
      }
    },
  },
  {
    marker: 'CI_COMMIT_SHA',
    read: (env) => ({
      revision: env['CI_COMMIT_SHA'],
      ref: env['CI_COMMIT_REF_NAME'],
      repository: env['CI_PROJECT_URL'],
      url: env['CI_JOB_URL'] ?? env['CI_PIPELINE_URL'],
      actor: env['GITLAB_USER_LOGIN'],
      run: join('gitlab', env['CI_PIPELINE_ID']),
    }),
  },
  {
    marker: 'CIRCLE_SHA1',
    read: (env) => ({
      revision: env['CIRCLE_SHA1'],
      ref: env['CIRCLE_TAG'] ?? env['CIRCLE_BRANCH'],
      repository: env['CIRCLE_REPOSITORY_URL'],
      url: env['CIRCLE_BUILD_URL'],
      actor: env['CIRCLE_USERNAME'],
      run: join('circleci', env['CIRCLE_WORKFLOW_ID']),
    }),
  },
  {
    marker: 'GIT_COMMIT',
    read: (env) => ({
      revision: env['GIT_COMMIT'],
      ref: env['GIT_BRANCH'],
      repository: env['GIT_URL'],
      url: env['BUILD_URL'],
      actor: env['BUILD_USER_ID'],
      run: join('jenkins', env['BUILD_TAG']),
    }),
  },
]

/** The parts with slashes between; nothing where one of them is missing. */
function join(...parts: (string | undefined)[]): string | undefined {
  return parts.every((part) => part) ? parts.join('/') : undefined
}

/** Some systems check out by `https://user:token@host/…`: the token stays here. */
function withoutCredentials(repository: string | undefined): string | undefined {
  return repository?.replace(/^(https?:\/\/)[^/@]*@/, '$1')
}

function webAddress(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\//.test(url) ? url : undefined
}
