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

/** First screen: what the list of mailings loads, compressed. A build beyond it fails. */
const MOST = 250_000

function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    writeBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((it) => it.type === 'chunk')
      const wanted = new Set<string>()
      const take = (name: string) => {
        const chunk = chunks.find((it) => it.fileName === name)
        if (!chunk || wanted.has(name)) return
        wanted.add(name)
        chunk.imports.forEach(take)
      }
      for (const chunk of chunks) if (chunk.isEntry || chunk.name === 'Mailings') take(chunk.fileName)
      const bytes = chunks.filter((it) => wanted.has(it.fileName)).reduce((sum, it) => sum + gzipSync(it.code, { level: 9 }).length, 0)
      this.info(`first screen: ${bytes} bytes of script, compressed; at most ${MOST}`)
      if (bytes > MOST) this.error(`the first screen takes ${bytes} bytes of script, more than ${MOST}`)
    },
  }
}

const bellhop = process.env['BELLHOP_URL'] ?? 'http://127.0.0.1:8080'

export default defineConfig(({ command }) => ({
  // Relative, so that the built console works behind any path prefix; the binary writes <base> for each page.
  base: command === 'build' ? './' : '/console/',
  plugins: [react(), compressed(), budget(), ...(process.env['MOCK'] ? [mock()] : [])],
  build: { outDir: 'dist/site', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: process.env['MOCK'] ? {} : { proxy: { '/v1': { target: bellhop } } },
}))
