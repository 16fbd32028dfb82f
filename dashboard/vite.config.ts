import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { bundleBudget } from './build/bundle-budget.ts'

const collector = 'http://127.0.0.1:4380'

export default defineConfig({
  plugins: [react(), tailwindcss(), bundleBudget()],
  server: { proxy: { '/api': collector } },
  build: {
    // `light-dark()` and nesting stay as they are written from these on.
    target: ['chrome123', 'firefox128', 'safari17.5'],
    // The page's policy allows no inline script; every supported browser preloads modules itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
  },
})
