import { LoadPlan } from './load-plan.ts'
import { readRequestFile } from './request-file.ts'
import { sendLoad } from './send-load.ts'

// A process of its own, so that what it costs is known and is not taken for the product's.
const plan = LoadPlan.parse(JSON.parse(process.argv[2] ?? ''))
const report = await sendLoad(plan, await readRequestFile(plan.file))
process.stdout.write(JSON.stringify(report))
