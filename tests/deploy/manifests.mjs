// The files of deploy/ as data: YAML documents, and overlays as kubectl renders them.
import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {loadAll} from 'js-yaml';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const kubernetes = join(root, 'deploy/kubernetes');
const folders = {
  'single-node': join(kubernetes, 'overlays/single-node'),
  'production': join(kubernetes, 'overlays/production'),
  'production with tokens': join(root, 'tests/deploy/with-tokens'),
};
export const overlays = Object.keys(folders);

export const read = path => readFileSync(join(root, path), 'utf8');
export const documents = text => loadAll(text).filter(document => document !== null && document !== undefined);

function files(folder) {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

const isKustomization = document => document.apiVersion?.startsWith('kustomize.config.k8s.io');

// Every object written below deploy/kubernetes, with the file it stands in. Kustomizations, what these lay over objects, and
// configuration files are none.
export function writtenObjects() {
  const written = files(kubernetes).filter(path => path.endsWith('.yaml'))
                      .map(path => ({path, content: documents(readFileSync(path, 'utf8'))}));
  const patches = new Set(written.flatMap(({path, content}) => content.filter(isKustomization).flatMap(
      kustomization => (kustomization.patches ?? []).map(patch => join(dirname(path), patch.path)))));
  return written.filter(({path}) => !patches.has(path)).flatMap(
      ({path, content}) => content.filter(document => document.apiVersion && !isKustomization(document))
                               .map(object => ({object, where: relative(root, path)})));
}

// Why overlays cannot be rendered here; empty when they can.
export function whyNoKustomize() {
  let text;
  try {
    text = execFileSync('kubectl', ['version', '--client', '--output=json'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
  } catch {
    return 'kubectl is not installed';
  }
  const version = JSON.parse(text).kustomizeVersion ?? 'v0';
  return Number(/v(\d+)/.exec(version)?.[1] ?? 0) >= 5 ? '' : `kubectl with kustomize 5 or later is not installed (found ${version})`;
}

export function render(overlay) {
  return documents(execFileSync('kubectl', ['kustomize', folders[overlay]],
                                {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']}));
}

export const named = object => `${object.kind}/${object.metadata?.name}`;
// Whether `labels` has all that the selector asks for.
export const matches = (selector, labels = {}) =>
    Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
export const podTemplate = object => object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec?.template;
export const workloads = objects => objects.filter(object => podTemplate(object)?.spec?.containers);
