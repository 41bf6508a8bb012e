import { join } from 'node:path'
import preact from '@preact/preset-vite'
import type { Plugin, ProxyOptions } from 'vite'
import { defineConfig } from 'vite'

/** The gateway that `npm run console` works with. */
const gateway = process.env.GATEWAY ?? 'http://127.0.0.1:4000'

/**
 * Has the gateway take the page that Vite serves for its own. Requests of any other page keep their origin, and are refused there: a token must
 * not get out through here.
 */
const asOwnPage: ProxyOptions = {
  target: gateway,
  changeOrigin: true,
  ws: true,
  configure(proxy) {
    const isOwn = (origin: string | undefined, host: string | undefined) => origin === `http://${host}`
    proxy.on('proxyReq', (sent, { headers }) => {
      if (isOwn(headers.origin, headers.host)) sent.setHeader('origin', gateway)
    })
    proxy.on('proxyReqWs', (sent, { headers }) => {
      if (isOwn(headers.origin, headers.host)) sent.setHeader('origin', gateway)
    })
  },
}

/** What the package for clients takes from `graphql` is much smaller here: src/gateway/graphql.ts says why. */
function withoutParser(): Plugin {
  return {
    name: 'without-parser',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source === 'graphql' && importer?.includes('/packages/client/')
        ? join(import.meta.dirname, 'src/gateway/graphql.ts')
        : null,
  }
}

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [preact({ reactAliasesEnabled: true }), withoutParser()],
  // The gateway puts a new nonce in this place with each response.
  html: { cspNonce: 'NONCE-OF-THIS-PAGE' },
  build: {
    outDir: join(import.meta.dirname, '../dist/console'),
    emptyOutDir: true,
    // The content security policy lets in no script or style that stands in the page.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    target: 'es2023',
    reportCompressedSize: false,
    // What several screens share is one file: many small ones compress worse.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } } },
  },
  css: { modules: { generateScopedName: '[hash:base64:5]' } },
  // Left alone, so that the plugin above sees it.
  optimizeDeps: { exclude: ['@bot-agent-gateway/client'], include: ['graphql-ws'] },
  server: {
    cors: false,
    proxy: { '/graphql': asOwnPage, '/schema.graphql': asOwnPage, '/agents': asOwnPage, '/console/sign-in': asOwnPage },
  },
})
