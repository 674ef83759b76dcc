import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { mock } from './dev/mock.ts'

/** The binary serves what stands next to each file as FILE.br and FILE.gz, so that it compresses nothing itself. */
function compressed(): Plugin {
  let folder = ''
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir)
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|svg)$/.test(entry.name)) continue
        const path = join(entry.parentPath, entry.name)
        const bytes = readFileSync(path)
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

const bellhop = process.env['BELLHOP_URL'] ?? 'http://127.0.0.1:8080'

export default defineConfig(({ command }) => ({
  // Relative, so that the built console works behind any path prefix; the binary writes <base> for each page.
  base: command === 'build' ? './' : '/console/',
  plugins: [react(), compressed(), ...(process.env['MOCK'] ? [mock()] : [])],
  build: { outDir: 'dist/site', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: process.env['MOCK'] ? {} : { proxy: { '/v1': { target: bellhop } } },
}))
