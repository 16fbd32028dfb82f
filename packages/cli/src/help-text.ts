/** What `--help` says below the options. */
export const EXAMPLES = {
  program: `
Examples:
  $ aftermath gate --service checkout --version 2.4.0 --env production
  $ aftermath deploy --service checkout --version 2.4.0 --canary 10
  $ aftermath status`,

  gate: `
Examples:
  Wait up to half an hour, and stop the pipeline when the release is bad:
  $ aftermath gate --service checkout --version 2.4.0 --env production --timeout 30m

  A release that spans services, compared as a whole:
  $ aftermath gate --service checkout --service cart --version 2.4.0 --env production

  Go on only when no change is proven, and users signed it off:
  $ aftermath gate --service checkout --version 2.4.0 --pass-on ship --require uat

  Stop on a watch too, and treat 'not known yet' as a pass:
  $ aftermath gate --service checkout --version 2.4.0 --env production \\
      --fail-on roll_back,patch,watch --on-timeout pass

  Read one field in a script:
  $ aftermath gate --service checkout --version 2.4.0 --timeout 0s --json | jq -r .verdict`,

  deploy: `
Examples:
  A tenth of the traffic first, then all of it:
  $ aftermath deploy --service checkout --version 2.4.0 --status started --canary 10
  $ aftermath deploy --service checkout --version 2.4.0

  Taken back:
  $ aftermath deploy --service checkout --version 2.4.0 --status rolled_back`,

  decide: `
Examples:
  $ aftermath decide accept --service checkout --version 2.4.0 --reason 'known, mended in 2.4.1'
  $ aftermath decide hold --service checkout --version 2.4.0 --reason 'the on-call looks at it'
  $ aftermath decide uat --service checkout --version 2.4.0 --env staging --by 'Ada'`,

  status: `
Examples:
  $ aftermath status
  $ aftermath status --json | jq .lagSeconds`,

  replay: `
Examples:
  $ aftermath replay checkout 2.4.0
  $ aftermath replay checkout 2.4.0 --at 2026-11-24T12:00:00Z --environment production`,

  slo: `
Examples:
  $ aftermath slo apply slos.yaml
  $ aftermath slo apply slos.yaml --dry-run
  $ aftermath slo list
  $ aftermath slo drop checkout-answers

  slos.yaml:
    slos:
      - id: checkout-answers
        service: checkout
        environment: production
        sli: { kind: availability }
        target: 0.999
      - id: checkout-is-fast
        service: checkout
        operations: [POST /checkout]
        sli: { kind: latency, thresholdMs: 300 }
        target: 0.99
        periodDays: 28`,

  deadLetters: `
Examples:
  $ aftermath dead-letters list
  $ aftermath dead-letters show 00c0ffee00000007 --output request.otlp
  $ aftermath dead-letters replay 00c0ffee00000007
  $ aftermath dead-letters drop 00c0ffee00000007`,
}

export const VARIABLES = `
Variables:
  AFTERMATH_URL       address of the server, for example https://aftermath.example.com
  AFTERMATH_TOKEN     API token
  AFTERMATH_DATA_DIR  data directory of a server on this machine (default ./data): its run.json
                      gives the address, its admin-token the token (sent to this machine only)`

export const EXIT_CODES = {
  program: `
Exit codes:
  0  pass, done        1  fail             2  wrong usage
  3  undecided         4  no server answered, or it refused`,

  gate: `
Exit codes:
  0  pass
  1  fail: the verdict is one of --fail-on
  2  wrong usage; nothing was asked
  3  undecided: the time ran out while the release was still being judged
  4  no server answered until then, or it refused (token, project, parameters)
  130, 143  ended by SIGINT, SIGTERM before it was decided`,

  deploy: `
Exit codes:
  0  recorded          2  wrong usage; nothing was sent
  4  no server answered in time, or it refused`,

  decide: `
Exit codes:
  0  recorded          2  wrong usage; nothing was sent
  4  no server answered in time, or it refused`,

  status: `
Exit codes:
  0  all is well       1  the server names a problem
  2  wrong usage       4  no server answered, or it refused`,

  replay: `
Exit codes:
  0  the same, byte for byte
  1  it comes out otherwise
  2  wrong usage       4  no server answered, or it refused`,
  slo: `
Exit codes:
  0  done              2  wrong usage or a file that is not in order; nothing was sent
  4  no server answered, or it refused`,

  deadLetters: `
Exit codes:
  0  done              2  wrong usage; nothing was sent
  4  no server answered, or it refused`,
}
