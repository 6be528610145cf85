// A client of the official TypeScript SDK against samples/TeamServer, over standard streams and over HTTP.
// Usage: node team-client.mjs <folder with node_modules> stdio <server.dll> | http <url> <key>
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, way, target, key] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), 'package.json'));
const load = name => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${name}`)).href);
const { Client } = await load('client/index.js');
const { ElicitRequestSchema } = await load('types.js');

const asked = [];
const answers = [{ action: 'accept', content: { isGranted: true, remark: 'fine' } }, { action: 'decline' }];
const client = new Client({ name: 'ts', version: '1' }, { capabilities: { elicitation: {} } });
client.setRequestHandler(ElicitRequestSchema, async request => {
  asked.push(request.params);
  return answers[asked.length - 1];
});

let transport;
if (way === 'stdio') {
  const { StdioClientTransport } = await load('client/stdio.js');
  transport = new StdioClientTransport({ command: 'dotnet', args: [target] });
} else {
  const { StreamableHTTPClientTransport } = await load('client/streamableHttp.js');
  const open = headers => new StreamableHTTPClientTransport(new URL(target), { requestInit: { headers } });
  let refusal = 'answered';
  await new Client({ name: 'thief', version: '1' }).connect(open({ authorization: 'Bearer wrong' })).catch(e => { refusal = e.code ?? e.message; });
  row('a wrong key', refusal, refusal === 401 || /401|authorized/i.test(`${refusal}`));
  transport = open({ authorization: `Bearer ${key}` });
}

let failures = 0;
function row(what, got, isRight) {
  console.log(`${isRight ? 'ok ' : 'NOT'} | ${way} | ${what} | ${typeof got === 'string' ? got : JSON.stringify(got)}`);
  if (!isRight) failures++;
}

await client.connect(transport);
const server = client.getServerVersion();
row('initialize', `${server.name}: ${client.getInstructions()}`, server.name === 'notes');

const { tools } = await client.listTools();
row('tools/list', tools.map(t => t.name).join(', '), tools.length === 3 && tools.every(t => t.inputSchema.type === 'object' && t.outputSchema.type === 'object'));

const progress = [];
const research = await client.callTool({ name: 'research', arguments: { topic: 'rain', sources: 3 } }, undefined, { onprogress: p => progress.push(p) });
row('a call', research.structuredContent, research.structuredContent.text === '3 sources say something about rain.');
row('progress', progress.map(p => p.message).join(', '), progress.length >= 6 && progress.every((p, i) => i === 0 || p.progress > progress[i - 1].progress));

const note = await client.callTool({ name: 'note', arguments: { input: 'snow' } });
row('elicitation, accepted', `${JSON.stringify(asked[0]?.message)} -> ${JSON.stringify(note.structuredContent)}`, note.structuredContent?.isPublic === true && note.structuredContent.remark === 'fine');
const declined = await client.callTool({ name: 'note', arguments: { input: 'hail' } });
row('elicitation, declined', declined.content[0].text, declined.isError === true && asked.length === 2);

const wrong = await client.callTool({ name: 'research', arguments: { topic: 5, sources: 'many' } }).catch(e => ({ isError: true, content: [{ text: e.message }] }));
row('wrong arguments', wrong.content[0].text, wrong.isError === true);

const abort = new AbortController();
const began = Date.now();
const slow = client.callTool({ name: 'research', arguments: { topic: 'dust', sources: 100 } }, undefined, { signal: abort.signal, onprogress: () => abort.abort('enough') });
const error = await slow.then(() => null, e => e);
row('a call that is cancelled', `${error?.message ?? error}`.slice(0, 60), error !== null && Date.now() - began < 20_000);

// The server hears of a cancellation after the client has given the call up.
let runs = [];
for (let i = 0; i < 50 && !runs.some(r => r.status === 'cancelled'); i++) {
  const { resources } = await client.listResources();
  runs = await Promise.all(resources.filter(r => !r.uri.endsWith('/trajectory')).map(async r => JSON.parse((await client.readResource({ uri: r.uri })).contents[0].text)));
  await new Promise(resolve => setTimeout(resolve, 100));
}

row('resources', runs.map(r => `${r.tool} ${r.status}`).join(', '), runs.some(r => r.tool === 'research' && r.status === 'completed') && runs.some(r => r.tool === 'research' && r.status === 'cancelled'));

await client.close();
process.exit(failures === 0 ? 0 : 1);
