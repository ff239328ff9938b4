// What images, compose file, manifests and lists of packages say of the programs, against the programs themselves.
// FARRELL_BIN: where they are.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import test from 'node:test';
import {load} from 'js-yaml';
import {kubernetes, overlays, podTemplate, read, render, root, whyNoKustomize, workloads, writtenObjects} from './manifests.mjs';

const bin = process.env.FARRELL_BIN ?? join(root, 'build/bin');
const run = (program, args) => spawnSync(join(bin, program), args, {encoding: 'utf8', env: {PATH: process.env.PATH}});

const helpTexts = new Map();
// The help of `farrell-dea`, or of `farrell health`.
function help(command) {
  const key = command.join(' ');
  if (!helpTexts.has(key)) {
    const {status, stdout, stderr} = run(command[0], [...command.slice(1), '--help']);
    assert.equal(status, 0, `${key} --help: ${stderr}`);
    helpTexts.set(key, stdout);
  }
  return helpTexts.get(key);
}

// Verbs of the command line come before its flags.
function expectFlagsExist(program, args, where) {
  const verbs = [];
  if (program === 'farrell') {
    for (const arg of args) {
      if (!/^[a-z-]+$/.test(arg) || arg.startsWith('-')) break;
      verbs.push(arg);
    }
  }
  const text = help([program, ...verbs]);
  for (const flag of args.filter(arg => arg.startsWith('--')).map(arg => arg.split('=')[0])) {
    assert.ok(new RegExp(`(^|[\\s,])${flag}([\\s,=]|$)`, 'm').test(text), `${where}: ${program} ${verbs.join(' ')} has no ${flag}`);
  }
}

// Targets of deploy/Dockerfile: their parent and what they set.
const stages = new Map();
for (const line of read('deploy/Dockerfile').replace(/\\\n/g, ' ').split('\n')) {
  const from = /^FROM (\S+) AS (\S+)$/.exec(line);
  if (from) stages.set(from[2], {parent: from[1], lines: []});
  else if (stages.size > 0) [...stages.values()].pop().lines.push(line);
}
const instruction = (target, name) => stages.get(target)?.lines.filter(line => line.startsWith(`${name} `)).map(line => line.slice(name.length + 1));
const targets = [...stages].filter(([, {lines}]) => lines.some(line => line.startsWith('ENTRYPOINT '))).map(([target]) => target);
const programOf = target => JSON.parse(instruction(target, 'ENTRYPOINT')[0])[0];

const compose = load(read('docker-compose.yml'));

test('there is an image for every program, and a program for every image', () => {
  const programs = readdirSync(bin).filter(name => /^farrell(-[a-z]+)?$/.test(name)).sort();
  assert.deepEqual(targets.map(programOf).sort(), programs);
});

test('images check health with flags that exist, at the port they expose', () => {
  for (const target of targets) {
    for (const check of instruction(target, 'HEALTHCHECK')) {
      const command = JSON.parse(/CMD (\[.*\])/.exec(check)[1]);
      expectFlagsExist(command[0], command.slice(1), `Dockerfile ${target}`);
      assert.equal(command[2].split(':')[1], instruction(target, 'EXPOSE')[0], target);
    }
  }
});

test('images run as a user without rights, stop by SIGTERM and tell their version', () => {
  const version = /project\(Farrell VERSION (\S+)/.exec(read('CMakeLists.txt'))[1];
  assert.deepEqual(instruction('runtime', 'USER').pop(), '10001:10001');
  assert.deepEqual(instruction('report-runtime', 'USER').pop(), '10001:10001');
  assert.deepEqual(instruction('cli', 'USER').pop(), '10001:10001');
  assert.deepEqual(instruction('runtime', 'STOPSIGNAL'), ['SIGTERM']);
  assert.ok(instruction('runtime', 'ARG').includes(`VERSION=${version}`));
  assert.match(instruction('runtime', 'LABEL')[0], /org\.opencontainers\.image\.version="\$\{VERSION\}"/);
  for (const service of Object.values(compose.services)) {
    if (service.build) assert.match(service.image, new RegExp(`:\\$\\{FARRELL_VERSION:-${version.replaceAll('.', '\\.')}\\}$`));
  }
});

test('the compose file gives flags that exist to images that exist', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    if (!service.build) continue;
    const {target} = service.build;
    assert.ok(targets.includes(target), name);
    expectFlagsExist(programOf(target), service.command ?? [], `compose ${name}`);
    assert.equal(service.read_only, true, name);
    assert.ok(service.mem_limit, `${name}: mem_limit`);
  }
});

test('the compose files set variables that the programs know', () => {
  const tokens = load(read('deploy/compose/tokens.yml'));
  for (const [file, {services}] of [['docker-compose.yml', compose], ['tokens.yml', tokens]]) {
    let set = 0;
    for (const [name, service] of Object.entries(services)) {
      const target = compose.services[name]?.build?.target;
      if (file === 'tokens.yml') assert.ok(target, `${file}: docker-compose.yml builds no ${name}`);
      if (!target) continue;
      for (const variable of Object.keys(service.environment ?? {}).filter(key => key.startsWith('FARRELL_'))) {
        // The command line has no flag for the address of one service.
        if (target === 'cli' && ['DATA', 'DEA', 'REGRESSION', 'REPORTING'].includes(variable.slice('FARRELL_'.length))) continue;
        // Or what the check of health in the same container reads.
        const flag = `--${variable.slice('FARRELL_'.length).toLowerCase().replaceAll('_', '-')}`;
        assert.match(help([programOf(target)]) + help(['farrell', 'health']), new RegExp(`${flag}\\b`), `${file} ${name}`);
        set++;
      }
    }
    assert.ok(set > 0, file);
  }
  // Every program that listens asks who calls, and none alone.
  assert.deepEqual(Object.keys(tokens.services).sort(), targets.filter(target => target !== 'cli').sort());
});

const podObjects = () => whyNoKustomize() ? workloads(writtenObjects().map(({object}) => object)) : overlays.flatMap(overlay => workloads(render(overlay)));

test('manifests give flags that exist to images that exist', () => {
  for (const object of podObjects()) {
    for (const container of podTemplate(object).spec.containers) {
      const image = basename(container.image ?? '').replace(/[:@].*/, '');
      if (!image.startsWith('farrell-')) continue;
      const target = image.slice('farrell-'.length);
      assert.ok(targets.includes(target), `${object.metadata.name}: no image ${image}`);
      expectFlagsExist(programOf(target), container.args ?? [], `${object.kind} ${object.metadata.name}`);
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const command = container[probe]?.exec?.command;
        if (command?.[0] === 'farrell') expectFlagsExist('farrell', command.slice(1), `${object.metadata.name} ${probe}`);
      }
    }
  }
});

test('manifests set variables that the programs know', () => {
  for (const object of podObjects()) {
    for (const container of podTemplate(object).spec.containers) {
      const image = basename(container.image ?? '').replace(/[:@].*/, '');
      const known = image.startsWith('farrell-') ? help([programOf(image.slice('farrell-'.length))]) + help(['farrell', 'health']) : '';
      for (const {name} of container.env ?? []) {
        if (!name.startsWith('FARRELL_')) continue;
        const flag = `--${name.slice('FARRELL_'.length).toLowerCase().replaceAll('_', '-')}`;
        assert.ok(new RegExp(`${flag}\\b|${name}\\b`).test(known), `${object.metadata.name}: ${name}`);
      }
    }
  }
});

test('probes ask for services that the contract has', () => {
  const contract = readdirSync(join(root, 'protos/farrell'), {recursive: false}).flatMap(
      area => readdirSync(join(root, 'protos/farrell', area, 'v1')).map(file => read(`protos/farrell/${area}/v1/${file}`))).join('\n');
  for (const object of podObjects()) {
    for (const container of podTemplate(object).spec.containers) {
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const service = container[probe]?.grpc?.service;
        if (service) assert.ok(contract.includes(`service ${service.split('.').pop()} {`), service);
      }
    }
  }
});

test('the programs accept the configuration that the manifests mount', () => {
  const files = [];
  const walk = folder => {
    for (const entry of readdirSync(folder, {withFileTypes: true})) {
      if (entry.isDirectory()) walk(join(folder, entry.name));
      else if (basename(folder) === 'config') files.push(join(folder, entry.name));
    }
  };
  walk(kubernetes);
  assert.ok(files.length >= 5);
  // Where a cluster mounts its secrets.
  const secrets = mkdtempSync(join(tmpdir(), 'farrell-secrets-'));
  mkdirSync(join(secrets, 'database'));
  writeFileSync(join(secrets, 'database/password'), 'secret', {mode: 0o400});
  try {
    for (const file of files) {
      const program = `farrell-${basename(file, '.yaml')}`;
      const here = join(secrets, basename(file));
      writeFileSync(here, readFileSync(file, 'utf8').replaceAll('/run/secrets', secrets));
      const {status, stdout, stderr} = run(program, ['--config', here, '--print-config']);
      assert.equal(status, 0, `${file}: ${stderr}`);
      for (const [key, value] of Object.entries(load(readFileSync(here, 'utf8')))) {
        assert.match(stdout, new RegExp(`^${key}: .*  # file`, 'm'), `${file}: --print-config does not tell ${key}: ${value}`);
      }
    }
  } finally {
    rmSync(secrets, {recursive: true});
  }
});

// Shared libraries come from the listed packages, directly or as what these depend on; and nothing is listed that is not
// needed. Those that are loaded by name, which ldd cannot see, are written out here.
const loadedByName = ['ca-certificates', 'libpq5', 'libsoci-postgresql4.0', 'tzdata'];

test('deploy/runtime-packages.txt is what the programs are linked with', {skip: existsSync('/usr/bin/dpkg-query') ? false : 'dpkg is not installed'}, () => {
  const listed = read('deploy/runtime-packages.txt').replace(/#.*/g, '').split(/\s+/).filter(Boolean);
  const libraries = new Set(readdirSync(bin).filter(name => /^farrell(-[a-z]+)?$/.test(name)).flatMap(
      name => execFileSync('objdump', ['--private-headers', join(bin, name)], {encoding: 'utf8'}).split('\n')
                  .map(line => /^\s*NEEDED\s+(\S+)/.exec(line)?.[1]).filter(Boolean)));
  const cache = execFileSync('ldconfig', ['-p'], {encoding: 'utf8', env: {PATH: '/usr/sbin:/sbin:/usr/bin:/bin'}}).split('\n');
  const packages = new Set([...libraries].map(library => {
    const path = cache.map(line => line.trim()).find(line => line.startsWith(`${library} `) && line.includes('x86-64'))?.split(' => ')[1];
    assert.ok(path, library);
    for (const candidate of [path, realpathSync(path), path.replace(/^\/lib/, '/usr/lib'), realpathSync(path).replace(/^\/usr/, '')]) {
      const owner = spawnSync('dpkg-query', ['-S', candidate], {encoding: 'utf8'});
      if (owner.status === 0) return owner.stdout.split(':')[0];
    }
    return assert.fail(`${path} belongs to no package`);
  }));
  assert.deepEqual(loadedByName.filter(name => !listed.includes(name)), [], 'missing');
  // Packages that another listed one depends on need not be listed.
  const closure = new Set(listed);
  for (const name of closure) {
    const {stdout} = spawnSync('dpkg-query', ['-W', '-f', '${Depends}', name], {encoding: 'utf8'});
    for (const dependence of stdout.split(/[,|]/)) {
      const dependent = dependence.trim().split(/[ :(]/)[0];
      if (dependent) closure.add(dependent);
    }
  }
  assert.deepEqual([...packages].filter(name => !closure.has(name)).sort(), [], 'missing');
  assert.deepEqual(listed.filter(name => !packages.has(name) && !loadedByName.includes(name)).sort(), [], 'not needed');
});
