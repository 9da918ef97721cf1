/**
 * Many byte patterns as one tree with links to the longest suffix that begins another pattern (Aho and Corasick 1975), in flat arrays:
 * some twenty bytes per pattern byte, and a search that looks at each input byte a constant number of times on average.
 */
export type PatternTree = {
  /** Child of the root by byte; 0 where there is none. */
  root: Int32Array;
  /** 1 where two bytes (first · 256 + second) can begin a match: what lets a search skip nearly everything. */
  begins: Uint8Array;
  child: Int32Array;
  sibling: Int32Array;
  byte: Uint8Array;
  fail: Int32Array;
  /** Bytes from the root. */
  depth: Int32Array;
  /** Length of the longest pattern that ends at the node; 0 for none. */
  match: Int32Array;
};

/** Builds the tree; node 0 is the root. Empty patterns are ignored. */
export function buildPatternTree(patterns: readonly Buffer[]): PatternTree {
  const capacity = 1 + patterns.reduce((sum, pattern) => sum + pattern.length, 0);
  const tree: PatternTree = {
    root: new Int32Array(256),
    begins: new Uint8Array(65_536),
    child: new Int32Array(capacity),
    sibling: new Int32Array(capacity),
    byte: new Uint8Array(capacity),
    fail: new Int32Array(capacity),
    depth: new Int32Array(capacity),
    match: new Int32Array(capacity),
  };
  let size = 1;
  for (const pattern of patterns) {
    let node = 0;
    for (const byte of pattern) {
      let next = childOf(tree, node, byte);
      if (next === 0) {
        next = size++;
        tree.byte[next] = byte;
        tree.depth[next] = at(tree.depth, node) + 1;
        tree.sibling[next] = at(tree.child, node);
        tree.child[node] = next;
        if (node === 0) tree.root[byte] = next;
      }
      node = next;
    }
    if (node !== 0) tree.match[node] = pattern.length;
    const [first, second] = pattern;
    if (first !== undefined && second !== undefined) tree.begins[first * 256 + second] = 1;
    else if (first !== undefined) tree.begins.fill(1, first * 256, first * 256 + 256);
  }
  linkSuffixes(tree, size);
  return tree;
}

/** The child of a node by byte, 0 where there is none. */
export function childOf(tree: PatternTree, node: number, byte: number): number {
  if (node === 0) return at(tree.root, byte);
  let child = at(tree.child, node);
  while (child !== 0 && tree.byte[child] !== byte) child = at(tree.sibling, child);
  return child;
}

/** The node after one more byte of input. */
export function stepTree(tree: PatternTree, from: number, byte: number): number {
  let node = from;
  for (;;) {
    const next = childOf(tree, node, byte);
    if (next !== 0 || node === 0) return next;
    node = at(tree.fail, node);
  }
}

/** Breadth first: a node's suffix link leads to a shallower node, whose own link is known by then. */
function linkSuffixes(tree: PatternTree, size: number): void {
  const queue = new Int32Array(size);
  let end = 0;
  for (let node = at(tree.child, 0); node !== 0; node = at(tree.sibling, node)) queue[end++] = node;
  for (let head = 0; head < end; head++) {
    const node = at(queue, head);
    for (let next = at(tree.child, node); next !== 0; next = at(tree.sibling, next)) {
      const link = stepTree(tree, at(tree.fail, node), tree.byte[next] ?? 0);
      tree.fail[next] = link;
      if (at(tree.match, next) === 0) tree.match[next] = at(tree.match, link);
      queue[end++] = next;
    }
  }
}

function at(array: Int32Array, index: number): number {
  return array[index] ?? 0;
}
