// Compose with tokens.yml laid over it, without containers: the folder that docs/operations/deployment.md says how to make, the
// variables of the file, and the programs, which then ask who calls. FARRELL_BIN: where they are.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {load} from 'js-yaml';
import {read, root} from './manifests.mjs';

const bin = process.env.FARRELL_BIN ?? join(root, 'build/bin');
const skip = existsSync('/usr/bin/openssl') ? false : 'openssl is not installed';

// The commands of the page that make the folder. Giving files to the user of the images needs root and no container runs here.
function commandsOfThePage() {
  const block = [...read('docs/operations/deployment.md').matchAll(/```\n([^`]*)```/g)].map(match => match[1]).find(text => text.includes('mkdir access'));
  return block.split('\n').filter(line => !/^(sudo|FARRELL_ACCESS=)/.test(line)).join('\n');
}

test('compose with tokens asks who calls and keeps quotas', {skip}, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'farrell-access-'));
  const running = [];
  t.after(async () => {
    for (const program of running) program.kill('SIGKILL');
    await Promise.all(running.map(program => program.exitCode ?? program.signalCode ?? new Promise(done => program.once('exit', done))));
    rmSync(folder, {recursive: true});
  });
  const path = `${bin}:${process.env.PATH}`;
  const made = spawnSync('bash', ['-euc', commandsOfThePage()], {cwd: folder, encoding: 'utf8', env: {PATH: path}});
  assert.equal(made.status, 0, made.stderr);
  const access = join(folder, 'access');

  const services = load(read('deploy/compose/tokens.yml')).services;
  const settings = name => Object.fromEntries(Object.entries(services[name].environment).map(
      ([key, value]) => [key, value.replace('/run/access', access)]));
  const addresses = {};
  async function start(name, flags) {
    const portFile = join(folder, `${name}.port`);
    const program = spawn(join(bin, `farrell-${name}`), ['--listen', '127.0.0.1:0', '--port-file', portFile, ...flags],
                          {env: {PATH: path, ...settings(name)}, stdio: ['ignore', 'ignore', 'pipe']});
    running.push(program);
    let log = '';
    program.stderr.on('data', text => { log += text; });
    while (!existsSync(portFile)) {
      assert.equal(program.exitCode, null, `${name}: ${log}`);
      await pause(10);
    }
    addresses[name] = `127.0.0.1:${readFileSync(portFile, 'utf8').trim()}`;
  }
  await start('data', ['--state', join(folder, 'state')]);
  await start('dea', ['--data', addresses.data]);
  await start('regression', ['--data', addresses.data, '--dea', addresses.dea]);
  await start('reporting', ['--state', join(folder, 'state'), '--data', addresses.data, '--dea', addresses.dea, '--regression', addresses.regression]);

  const farrell = (args, environment) => spawnSync(join(bin, 'farrell'), args, {encoding: 'utf8', env: {
    PATH: path, HOME: folder, ...Object.fromEntries(Object.entries(addresses).map(([name, address]) => [`FARRELL_${name.toUpperCase()}`, address])), ...environment}});
  const stranger = {FARRELL_TLS_CA: join(access, 'ca.crt')};
  const ada = {...stranger, FARRELL_TOKEN_FILE: join(access, 'ada.token')};
  for (const name of ['data', 'dea', 'regression', 'reporting']) {
    // As the image checks its health, with what the container has.
    const health = farrell(['health', addresses[name], '--service', name], settings(name));
    assert.equal(health.status, 0, `${name}: ${health.stderr}`);
  }
  const refused = farrell(['data', 'list'], stranger);
  assert.equal(refused.status, 4, refused.stderr);
  assert.match(refused.stderr, /CREDENTIALS_MISSING/);

  writeFileSync(join(folder, 'panel.csv'), 'unit,time,x,y\na,1,2,3\nb,1,4,3\nc,1,3,5\n');
  writeFileSync(join(folder, 'study.yaml'), [
    'id: small', 'title: "Small"', 'question: "Is it let in?"', 'data: {file: panel.csv, unit: unit, time: time}',
    'dea:', '  - {id: main, inputs: [x], outputs: [y], frontier: global}', 'tables:',
    '  - {id: t1, title: "Data", kind: descriptives, columns: [x, y]}', ''].join('\n'));
  const run = farrell(['study', 'run', join(folder, 'study.yaml'), '--out', join(folder, 'report')], ada);
  assert.equal(run.status, 0, run.stderr);

  const quota = farrell(['quota', '--format', 'csv'], ada);
  assert.equal(quota.status, 0, quota.stderr);
  for (const name of ['data', 'dea', 'regression', 'reporting']) assert.match(quota.stdout, new RegExp(`^${name},ada,in_flight,0,8\\b`, 'm'));
  assert.match(quota.stdout, /^dea,ada,compute_seconds_per_day,[0-9.e-]+,3600\b/m);
});
