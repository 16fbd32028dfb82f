import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import * as z from 'zod/mini'
import { createAppRouter } from './app-router.tsx'
import { applyTheme, readTheme } from './shell/theme.ts'
import './tokens.css'

// The page's policy forbids `eval`; zod would try it once, and the browser would report that.
z.config({ jitless: true })

applyTheme(readTheme(document.cookie))
const { router, queryClient } = createAppRouter()
const root = document.querySelector('#root')
if (root === null) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
