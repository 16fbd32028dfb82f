import type { Control, Project } from '../control/control.ts'

/**
 * Does the work of a run for one project after the other.
 *
 * @param work tells what failed, so that one service that cannot be read holds up no other
 * @throws AggregateError in the end, if anything failed
 */
export async function eachProject(
  control: Pick<Control, 'projects'>,
  failed: string,
  work: (project: Project) => Promise<unknown[]>,
): Promise<void> {
  const failures: unknown[] = []
  for (const project of control.projects()) failures.push(...(await work(project)))
  if (failures.length > 0) throw new AggregateError(failures, failed, { cause: failures[0] })
}
