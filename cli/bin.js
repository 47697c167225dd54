#!/usr/bin/env node
// Plain JavaScript that an old Node can run, so that it can say what is missing. A checkout runs `main.ts` unbuilt;
// the package ships only `dist`, because Node does not strip types below node_modules.
import { existsSync } from 'node:fs';
import module from 'node:module';
import process from 'node:process';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(`millrace needs Node 24.15 or later; this is ${process.version} (${process.execPath}).`);
  process.exit(3);
}
module.enableCompileCache();
const source = new URL('./main.ts', import.meta.url);
const entry = existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url);
const { main } = await import(entry.href);
await main(new URL('..', import.meta.url));
