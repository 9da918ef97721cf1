/** A place in the data. `dynamic` once a computed key was applied: what follows is unknown. `optional` where the template copes with its absence. */
export type Place = { path: readonly string[]; dynamic: boolean; optional: boolean };

/** What is known of a value before rendering: the places it may come from, the constant strings it may be, what lists and maps made in the template hold. */
export type Shape = {
  places: readonly Place[];
  strings: readonly string[];
  items: Shape | null;
  fields: ReadonlyMap<string, Shape> | null;
  /** Whether it may also be something else. */
  open: boolean;
  /** How many shapes it consists of, shared ones counted each time. */
  size: number;
};

/** How many alternatives, names in a path and shapes in a shape are followed: more than any template has that people write. */
const maxAlternatives = 32;
const maxPath = 32;
const maxSize = 1000;

export const unknown: Shape = { places: [], strings: [], items: null, fields: null, open: true, size: 1 };
const nothing: Shape = { ...unknown, open: false };
export const root: Shape = { ...nothing, places: [{ path: [], dynamic: false, optional: false }] };

export function constant(text: string): Shape {
  return { ...nothing, strings: [text] };
}

export function listOf(items: readonly Shape[]): Shape {
  const item = union(items);
  return bounded({ ...nothing, items: item, size: item.size + 1 });
}

export function mapOf(fields: ReadonlyMap<string, Shape>): Shape {
  return bounded({ ...nothing, fields, size: sizeOf(fields.values()) });
}

function bounded(shape: Shape): Shape {
  return shape.size > maxSize ? unknown : shape;
}

function sizeOf(shapes: Iterable<Shape>): number {
  let size = 1;
  for (const shape of shapes) size += shape.size;
  return size;
}

/** A value that may be any of these. */
export function union(shapes: readonly Shape[]): Shape {
  const [first = nothing, ...rest] = shapes;
  return rest.reduce(merge, first);
}

function merge(a: Shape, b: Shape): Shape {
  if (a === b) return a;
  const places = [...new Map([...a.places, ...b.places].map((place) => [keyOf(place), place])).values()];
  const strings = [...new Set([...a.strings, ...b.strings])];
  const fields = a.fields && b.fields ? new Map(a.fields) : (a.fields ?? b.fields);
  if (a.fields && b.fields && fields instanceof Map)
    for (const [key, shape] of b.fields) fields.set(key, union([a.fields.get(key) ?? shape, shape]));
  const items = a.items && b.items ? merge(a.items, b.items) : (a.items ?? b.items);
  const full = places.length > maxAlternatives || strings.length > maxAlternatives;
  return bounded({
    places: places.slice(0, maxAlternatives),
    strings: strings.slice(0, maxAlternatives),
    items,
    fields,
    open: a.open || b.open || full,
    size: sizeOf(fields?.values() ?? []) + (items?.size ?? 0),
  });
}

/** A text that is the same for the same place. */
export function keyOf(place: Place): string {
  return JSON.stringify(place);
}

/** What stands under a constant name. */
export function under(shape: Shape, name: string): Shape {
  const places = shape.places.map((place) => {
    if (place.dynamic) return place;
    return place.path.length < maxPath ? { ...place, path: [...place.path, name] } : { ...place, dynamic: true };
  });
  const field = shape.fields?.get(name);
  const from: Shape = { ...nothing, places, open: shape.open };
  return field ? union([from, field]) : from;
}

/** What stands under a key or index that is computed. */
export function element(shape: Shape): Shape {
  const places = shape.places.map((place) => ({ ...place, dynamic: true }));
  const parts = [...(shape.items ? [shape.items] : []), ...(shape.fields?.values() ?? [])];
  return union([{ ...nothing, places, open: shape.open }, ...parts]);
}

/** What stands under a key that is itself only known by its shape. */
export function at(shape: Shape, key: Shape): Shape {
  const isConstant = key.strings.length > 0 && key.places.length === 0 && !key.open && !key.items && !key.fields;
  return isConstant ? union(key.strings.map((name) => under(shape, name))) : element(shape);
}

export function optional(shape: Shape): Shape {
  return { ...shape, places: shape.places.map((place) => ({ ...place, optional: true })) };
}
