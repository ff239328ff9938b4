// Checks objects against the published types of Kubernetes: kubernetes-models knows types and required fields, the attribute maps of
// @kubernetes/client-node know every field there is.
import * as client from '@kubernetes/client-node';

async function model(object) {
  const [group, version] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
  const folder = group === '' ? version : `${group}/${version}`;
  const exported = await import(`kubernetes-models/${folder}`);
  return exported[object.kind];
}

function attributeMap(type) {
  return client[type]?.getAttributeTypeMap?.();
}

// Names of fields below `value` that its type does not have.
function unknownFields(value, type, path) {
  if (value === null || typeof value !== 'object') return [];
  const list = /^Array<(.+)>$/.exec(type);
  if (list) return Array.isArray(value) ? value.flatMap((item, i) => unknownFields(item, list[1], `${path}[${i}]`)) : [`${path} is no list`];
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) return Object.entries(value).flatMap(([key, item]) => unknownFields(item, map[1], `${path}.${key}`));
  const attributes = attributeMap(type);
  if (!attributes) return [];
  const types = new Map(attributes.map(attribute => [attribute.baseName, attribute.type]));
  return Object.entries(value).flatMap(
      ([key, item]) => types.has(key) ? unknownFields(item, types.get(key), `${path}.${key}`) : [`${path}.${key} is unknown`]);
}

// What is wrong with an object of Kubernetes' own; `undefined` when its kind belongs to somebody else.
export async function faults(object) {
  let Model;
  try {
    Model = await model(object);
  } catch {
    return undefined;
  }
  if (!Model) return [`${object.apiVersion} has no ${object.kind}`];
  const found = [];
  try {
    new Model(object).validate();
  } catch (error) {
    found.push(error.message);
  }
  const version = object.apiVersion.split('/').pop();
  const type = version[0].toUpperCase() + version.slice(1) + object.kind;
  if (!attributeMap(type)) return [...found, `${type} is not in the client`];
  return [...found, ...unknownFields(object, type, object.kind)];
}
