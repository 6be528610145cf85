// Runs main.js and then tests.js beside it, and tells the server on standard error, in lines that begin with the call's token, how they ended.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { createRequire } = require('node:module');
const nodeAssert = require('node:assert');

const write = fs.writeSync, parse = JSON.parse, stringify = JSON.stringify;
const readToken = () => {
  const token = Buffer.alloc(32);
  for (let at = 0; at < 32;) {
    const read = fs.readSync(0, token, at, 32 - at, null);
    if (read === 0) process.exit(70);
    at += read;
  }
  return token.toString();
};
const token = readToken();
const tell = (facts) => write(2, '\x1e' + token + ' ' + stringify(facts) + '\n');
tell({ kind: 'start' });
// Else a loop that prints fills the memory and not the pipe, and leaving early loses what was printed.
for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);

const settings = parse(fs.readFileSync(path.join(__dirname, 'settings.json'), 'utf8'));
const counts = { passed: 0, failed: 0, first: null };
const network = new Set(['ENETUNREACH', 'ENETDOWN', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED']);

const outside = (name) => {
  if (typeof name !== 'string') return false;
  let real = path.resolve(name);
  try { real = path.resolve(path.dirname(real), fs.readlinkSync(real)); } catch { /* No link. */ }
  return !['/tmp', __dirname].some((inside) => real === inside || real.startsWith(inside + '/'));
};

// The outcome, what was denied, and whether that is concluded from the error rather than certain.
const classify = (e) => {
  if (e && e.cause && e.cause.code) e = e.cause;
  if (e instanceof AggregateError && e.errors.length > 0) e = e.errors[0];
  const code = e && e.code, text = String((e && e.message) || '');
  if (e instanceof nodeAssert.AssertionError) return ['failed', null, false];
  if (code === 'EROFS') return ['denied', 'file_write', false];
  if (code === 'ENOSPC' || code === 'EFBIG' || code === 'EDQUOT') return ['scratch_limit', null, false];
  if (code === 'ENOMEM' || /allocation failed|out of memory/i.test(text)) return ['memory_limit', null, code === 'ENOMEM'];
  if ((code === 'EAGAIN' && /^(spawn|fork|uv_thread)/.test(e.syscall || '')) || code === 'ERR_WORKER_INIT_FAILED') return ['process_limit', null, true];
  if (network.has(code)) return ['denied', 'network', true];
  if (e && e.syscall === 'kill' && (code === 'ESRCH' || code === 'EPERM')) return ['denied', 'signal', true];
  if ((code === 'ENOENT' || code === 'EACCES' || code === 'EPERM') && outside(e.path)) {
    return ['denied', /^(mkdir|unlink|rename|symlink|link|rmdir|chmod|chown|utime|truncate)/.test(e.syscall || '') ? 'file_write' : 'file_read', true];
  }
  return ['error', null, false];
};

let ended = false;
const end = (outcome, text, denied = null, inferred = false) => {
  if (ended) return;
  ended = true;
  const counted = counts.passed + counts.failed > 0 ? { passed: counts.passed, failed: counts.failed } : {};
  tell({ kind: 'end', outcome, text: String(text).slice(-2000), denied, inferred, ...counted });
};
const show = (e) => write(2, ((e && e.stack) || String(e)) + '\n');
const endWith = (e) => {
  const [outcome, denied, inferred] = classify(e);
  show(e);
  if (settings.tests && (outcome === 'failed' || outcome === 'error')) counts.failed++;
  end(outcome, e instanceof Error ? `${e.name}: ${e.message}` : String(e), denied, inferred);
  process.exit(1);
};

// Lets every assertion of the tests count and the next one follow.
const counting = (call) => (...args) => {
  const failed = (e) => {
    counts.failed++;
    if (counts.first === null) {
      counts.first = e;
      show(e);
    }
  };
  try {
    const result = call(...args);
    if (result && typeof result.then === 'function') return result.then(() => { counts.passed++; }, failed);
    counts.passed++;
  } catch (e) {
    failed(e);
  }
};
const assert = counting(nodeAssert);
for (const name of Object.keys(nodeAssert)) {
  assert[name] = typeof nodeAssert[name] === 'function' && !/^[A-Z]/.test(name) && name !== 'strict' ? counting(nodeAssert[name]) : nodeAssert[name];
}
assert.strict = assert;

const load = (name) => {
  const source = fs.readFileSync(path.join(__dirname, name), 'utf8');
  try {
    return new vm.Script(source, { filename: name });
  } catch (e) {
    show(e);
    end('syntax_error', `${name}: ${e.message}`);
    process.exit(1);
  }
};

const main = load('main.js');
const tests = settings.tests ? load('tests.js') : null;
globalThis.require = createRequire('/tmp/main.js');
process.on('uncaughtException', endWith);
process.on('exit', (code) => {
  if (settings.tests) end('error', `The code left with exit code ${code} before the tests were done.`);
  else end(code === 0 ? 'completed' : 'error', code === 0 ? '' : `The code left with exit code ${code}.`);
});

(async () => {
  main.runInThisContext();
  if (tests === null) return;
  globalThis.assert = assert;
  await tests.runInThisContext();
  if (settings.entry_point) await vm.runInThisContext(`check(${settings.entry_point})`, { filename: 'entry' });
  if (counts.first !== null) {
    const [outcome, denied, inferred] = classify(counts.first);
    end(outcome, `${counts.first.name}: ${counts.first.message}`, denied, inferred);
    process.exitCode = 1;
  } else {
    end('passed', '');
  }
})().catch(endWith);
