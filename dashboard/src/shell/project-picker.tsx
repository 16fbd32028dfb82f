import { useNavigate } from '@tanstack/react-router'
import { page } from '../paths.ts'
import { t } from '../strings/en.ts'
import { Select } from '../ui/select.tsx'

type Props = { project: string; projects: { slug: string; name: string }[] }

export function ProjectPicker({ project, projects }: Props) {
  const navigate = useNavigate()
  const known = projects.some(({ slug }) => slug === project)
  const options = known ? projects : [{ slug: project, name: project }, ...projects]
  return (
    <Select
      label={t.shell.project}
      value={project}
      onChange={(slug) => void navigate(page.overview(slug))}
      className="font-medium"
      options={options.map(({ slug, name }) => ({ value: slug, text: name }))}
    />
  )
}
