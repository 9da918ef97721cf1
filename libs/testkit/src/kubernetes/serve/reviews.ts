import type { Cluster } from "../cluster.ts";
import type { Kind } from "../kinds/kind.ts";
import { anything } from "../schema/shape.ts";
import type { Access } from "../switches.ts";
import { textAt, treeAt, type Tree } from "../tree.ts";

const authorization = "authorization.k8s.io";
const authentication = "authentication.k8s.io";

/** Questions that are posted and answered, and never stored. */
export const reviews: readonly Kind[] = [
  review(authorization, "SelfSubjectAccessReview"),
  review(authorization, "SelfSubjectRulesReview"),
  review(authentication, "SelfSubjectReview"),
];

function review(group: string, kind: string): Kind {
  return {
    group,
    version: "v1",
    kind,
    plural: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: false,
    custom: false,
    subresources: [],
    counted: false,
    shape: anything,
  };
}

/** The answer to a posted question, or undefined where the resource is none. */
export function answerReview(cluster: Cluster, group: string, plural: string, body: Tree): Tree | undefined {
  const kind = reviews.find((one) => one.group === group && one.plural === plural);
  if (!kind) return undefined;
  return { ...body, kind: kind.kind, apiVersion: `${group}/v1`, metadata: {}, status: statusOf(cluster, kind.kind, body) };
}

function statusOf(cluster: Cluster, kind: string, body: Tree): Tree {
  if (kind === "SelfSubjectReview") return { userInfo: { username: "berth-test", groups: ["system:authenticated"] } };
  if (kind === "SelfSubjectRulesReview") {
    const rules = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
    return { resourceRules: rules, nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }], incomplete: false };
  }
  const asked = treeAt(body, "spec", "resourceAttributes");
  const access: Access = {
    verb: textAt(asked, "verb"),
    group: textAt(asked, "group"),
    resource: textAt(asked, "resource"),
    subresource: textAt(asked, "subresource"),
    namespace: textAt(asked, "namespace"),
    name: textAt(asked, "name"),
  };
  const denied = cluster.switches.forbidden.some((forbids) => forbids(access));
  return denied ? { allowed: false, denied: true, reason: "forbidden by the test" } : { allowed: true };
}
