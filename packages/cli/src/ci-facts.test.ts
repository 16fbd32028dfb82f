import { expect, test } from 'vitest'
import { readCiFacts } from './ci-facts.ts'

test.each([
  {
    system: 'GitHub Actions',
    env: {
      GITHUB_SHA: 'abc123',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ID: '42',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_ACTOR: 'ada',
    },
    facts: {
      revision: 'abc123',
      ref: 'refs/heads/main',
      repository: 'https://github.com/acme/shop',
      url: 'https://github.com/acme/shop/actions/runs/42',
      actor: 'ada',
      run: 'github/42/2',
    },
  },
  {
    system: 'GitLab CI',
    env: {
      CI_COMMIT_SHA: 'abc123',
      CI_COMMIT_REF_NAME: 'main',
      CI_PROJECT_URL: 'https://gitlab.com/acme/shop',
      CI_PIPELINE_ID: '7',
      CI_JOB_URL: 'https://gitlab.com/acme/shop/-/jobs/9',
      GITLAB_USER_LOGIN: 'ada',
    },
    facts: {
      revision: 'abc123',
      ref: 'main',
      repository: 'https://gitlab.com/acme/shop',
      url: 'https://gitlab.com/acme/shop/-/jobs/9',
      actor: 'ada',
      run: 'gitlab/7',
    },
  },
  {
    system: 'CircleCI, on a tag',
    env: {
      CIRCLE_SHA1: 'abc123',
      CIRCLE_TAG: 'v2.4.0',
      CIRCLE_REPOSITORY_URL: 'git@github.com:acme/shop.git',
      CIRCLE_BUILD_URL: 'https://circleci.com/gh/acme/shop/9',
      CIRCLE_USERNAME: 'ada',
      CIRCLE_WORKFLOW_ID: 'w-1',
    },
    facts: {
      revision: 'abc123',
      ref: 'v2.4.0',
      repository: 'git@github.com:acme/shop.git',
      url: 'https://circleci.com/gh/acme/shop/9',
      actor: 'ada',
      run: 'circleci/w-1',
    },
  },
  {
    system: 'Jenkins, checked out with a password',
    env: {
      GIT_COMMIT: 'abc123',
      GIT_BRANCH: 'origin/main',
      GIT_URL: 'https://bot:s3cret@git.acme.example/shop.git',
      BUILD_URL: 'https://ci.acme.example/job/shop/9/',
      BUILD_TAG: 'jenkins-shop-9',
    },
    facts: {
      revision: 'abc123',
      ref: 'origin/main',
      repository: 'https://git.acme.example/shop.git',
      url: 'https://ci.acme.example/job/shop/9/',
      run: 'jenkins/jenkins-shop-9',
    },
  },
  { system: 'no CI system', env: { HOME: '/home/ada', CI: 'true' }, facts: {} },
  { system: 'half a GitHub', env: { GITHUB_SHA: 'abc123' }, facts: { revision: 'abc123' } },
])('$system', ({ env, facts }) => {
  expect(readCiFacts(env)).toEqual(facts)
})
