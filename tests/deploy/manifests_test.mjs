// The Kubernetes manifests without a cluster: types and fields as published, and everything that one object says of another.
import assert from 'node:assert/strict';
import test from 'node:test';
import {matches, named, overlays, podTemplate, read, render, whyNoKustomize, workloads, writtenObjects} from './manifests.mjs';
import {faults} from './schema.mjs';

const manual = read('docs/operations/deployment.md');
const byKind = (objects, kind) => objects.filter(object => object.kind === kind);
const labelsOf = object => podTemplate(object).metadata.labels;
const containersOf = object => podTemplate(object).spec.containers;

async function expectValid(objects) {
  const problems = [];
  for (const object of objects) {
    for (const fault of await faults(object) ?? []) problems.push(`${named(object)}: ${fault}`);
  }
  assert.deepEqual(problems, []);
}

test('the checker finds what is wrong', async () => {
  const service = {apiVersion: 'v1', kind: 'Service', metadata: {name: 'x'}, spec: {ports: [{port: 'seven'}], selectors: {}}};
  const found = (await faults(service)).join('\n');
  assert.match(found, /port/);
  assert.match(found, /selectors is unknown/);
  assert.equal((await faults({apiVersion: 'apps/v1', kind: 'Deploymend', metadata: {}})).length, 1);
});

test('every object as written has the published types and fields', async () => {
  const objects = writtenObjects().map(({object}) => object);
  assert.ok(objects.length > 30);
  await expectValid(objects);
});

test('no secret stands in the files', () => {
  for (const {object, where} of writtenObjects()) assert.notEqual(object.kind, 'Secret', where);
});

for (const overlay of overlays) {
  const skip = whyNoKustomize() || false;
  const objects = skip ? [] : render(overlay);
  const pods = workloads(objects);
  const find = reference => objects.find(object => object.kind === reference.kind && object.metadata.name === reference.name);

  test(`${overlay}: types and fields`, {skip}, () => expectValid(objects));

  test(`${overlay}: everything has a namespace and a name of its own`, {skip}, () => {
    const names = objects.map(named);
    assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
    for (const object of objects) {
      if (object.kind !== 'Namespace') assert.equal(object.metadata.namespace, 'farrell', named(object));
    }
  });

  test(`${overlay}: selectors find pods`, {skip}, () => {
    for (const pod of pods) {
      if (pod.spec.selector) assert.ok(matches(pod.spec.selector.matchLabels, labelsOf(pod)), named(pod));
    }
    const selectors = [
      ...byKind(objects, 'Service').filter(service => service.spec.selector).map(object => [object, object.spec.selector]),
      ...byKind(objects, 'PodDisruptionBudget').map(object => [object, object.spec.selector.matchLabels]),
      ...byKind(objects, 'NetworkPolicy').flatMap(
          object => [object.spec.podSelector, ...(object.spec.ingress ?? []).flatMap(rule => rule.from ?? []).map(peer => peer.podSelector),
                     ...(object.spec.egress ?? []).flatMap(rule => rule.to ?? []).map(peer => peer.podSelector)]
                        .filter(selector => selector).map(selector => [object, selector.matchLabels])),
    ];
    // Nothing inside calls the reporting service: whoever is labelled so stands outside these files.
    const forOthers = selector => Object.keys(selector ?? {}).join() === 'farrell.io/calls-reporting';
    for (const [object, selector] of selectors) {
      assert.ok(forOthers(selector) || pods.some(pod => matches(selector, labelsOf(pod))),
                `${named(object)} selects nothing: ${JSON.stringify(selector)}`);
    }
  });

  test(`${overlay}: two services never answer for the same pods`, {skip}, () => {
    const services = byKind(objects, 'Service').filter(service => service.spec.selector);
    for (const service of services) {
      const chosen = pods.filter(pod => matches(service.spec.selector, labelsOf(pod)));
      assert.equal(chosen.length, 1, named(service));
      assert.equal(chosen[0].metadata.name, service.metadata.name);
    }
  });

  test(`${overlay}: ports exist`, {skip}, () => {
    for (const service of byKind(objects, 'Service').filter(each => each.spec.selector)) {
      const ports = pods.filter(pod => matches(service.spec.selector, labelsOf(pod)))
                        .flatMap(containersOf).flatMap(container => container.ports ?? []);
      for (const port of service.spec.ports) {
        const target = ports.find(each => each.name === port.targetPort);
        assert.ok(target, `${named(service)}: no container port ${port.targetPort}`);
        assert.equal(target.containerPort, port.port, named(service));
      }
    }
    for (const pod of pods) {
      for (const container of containersOf(pod)) {
        const numbers = (container.ports ?? []).map(port => port.containerPort);
        for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
          if (container[probe]?.grpc) assert.ok(numbers.includes(container[probe].grpc.port), `${named(pod)} ${probe}`);
        }
      }
    }
    for (const policy of byKind(objects, 'NetworkPolicy')) {
      const chosen = pods.filter(pod => matches(policy.spec.podSelector.matchLabels, labelsOf(pod)));
      for (const port of (policy.spec.ingress ?? []).flatMap(rule => rule.ports ?? [])) {
        for (const pod of chosen) {
          assert.ok(containersOf(pod).flatMap(container => container.ports ?? [])
                        .some(each => each.name === port.port || each.containerPort === port.port),
                    `${named(policy)}: ${named(pod)} has no port ${port.port}`);
        }
      }
    }
  });

  test(`${overlay}: what is scaled and mounted exists`, {skip}, () => {
    for (const object of objects) {
      const target = object.spec?.scaleTargetRef;
      if (target) assert.ok(find({kind: 'Deployment', name: target.name}), named(object));
    }
    const scaled = objects.filter(object => object.spec?.scaleTargetRef).map(object => object.spec.scaleTargetRef.name);
    assert.equal(new Set(scaled).size, scaled.length, 'two autoscalers for one deployment');
    const secrets = new Set();
    for (const pod of pods) {
      const volumes = podTemplate(pod).spec.volumes ?? [];
      const names = [...volumes, ...(pod.spec.volumeClaimTemplates ?? []).map(claim => claim.metadata)].map(volume => volume.name);
      for (const volume of volumes) {
        if (volume.configMap) assert.ok(find({kind: 'ConfigMap', name: volume.configMap.name}), `${named(pod)}: ${volume.configMap.name}`);
        if (volume.secret) secrets.add(volume.secret.secretName);
      }
      for (const container of containersOf(pod)) {
        for (const mount of container.volumeMounts ?? []) assert.ok(names.includes(mount.name), `${named(pod)}: ${mount.name}`);
      }
    }
    assert.ok(secrets.size > 0);
    for (const secret of secrets) assert.ok(manual.includes(`\`${secret}\``), `docs/operations/deployment.md does not tell of ${secret}`);
  });

  test(`${overlay}: pods are confined and sized`, {skip}, () => {
    for (const pod of pods) {
      const {spec} = podTemplate(pod);
      assert.equal(spec.securityContext.runAsNonRoot, true, named(pod));
      assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault', named(pod));
      assert.equal(spec.automountServiceAccountToken, false, named(pod));
      for (const container of spec.containers) {
        const context = container.securityContext;
        assert.deepEqual([context.readOnlyRootFilesystem, context.allowPrivilegeEscalation, context.capabilities.drop],
                         [true, false, ['ALL']], named(pod));
        assert.ok(container.resources.requests.cpu && container.resources.requests.memory && container.resources.limits.memory,
                  `${named(pod)}: resources`);
      }
    }
  });

  test(`${overlay}: whoever calls is let through on both sides`, {skip}, () => {
    const policies = byKind(objects, 'NetworkPolicy');
    const everybody = policies.find(policy => policy.metadata.name === 'default-deny');
    assert.deepEqual(everybody.spec, {podSelector: {}, policyTypes: ['Ingress', 'Egress']});
    for (const pod of pods) {
      for (const label of Object.keys(labelsOf(pod)).filter(key => /^farrell\.io\/(calls|uses)-/.test(key))) {
        const egress = policies.find(policy => policy.metadata.name === label.split('/')[1]);
        assert.ok(egress, `${named(pod)}: nothing lets ${label} out`);
        const callee = egress.spec.egress[0].to[0].podSelector;
        if (!callee) continue;  // outside the namespace
        const ingress = policies.find(policy => policy.metadata.name === callee.matchLabels['app.kubernetes.io/component']);
        assert.ok(ingress.spec.ingress[0].from.some(peer => peer.podSelector?.matchLabels?.[label] === 'true'), `${label} is not let in`);
        assert.equal(ingress.spec.ingress[0].ports[0].port, egress.spec.egress[0].ports[0].port);
      }
    }
  });
}
