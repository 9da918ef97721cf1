/** Events around one component; a trigger on them names it. */
export const componentTriggerTypes = ["deploy-component", "teardown-component", "enable-component", "disable-component"].flatMap(
  (event) => [`pre-${event}`, `post-${event}`],
);

const installEvents = [
  "provision",
  "reprovision",
  "deprovision",
  "deploy-all-components",
  "teardown-all-components",
  "deprovision-sandbox",
  "reprovision-sandbox",
  "update-inputs",
  "secrets-sync",
];

/** Everything that can start an action. */
export const triggerTypes = [
  "manual",
  "cron",
  ...installEvents.flatMap((event) => [`pre-${event}`, `post-${event}`]),
  "post-provision-sandbox",
  ...componentTriggerTypes,
  "role-enabled",
  "role-disabled",
];

/** Spellings of the past. */
export const legacyTriggerTypes: Readonly<Record<string, string>> = Object.fromEntries(
  ["deploy", "teardown"].flatMap((event) => ["pre", "post"].map((when) => [`${when}-component-${event}`, `${when}-${event}-component`])),
);
