const environment = "templates cannot read the environment of the machine they are rendered on; pass the value as an input.";
const network = "templates cannot use the network; pass the address as an input or an output of a component.";
const keys =
  "templates do not make keys, certificates or passwords: they would be new with every rendering, and end up in plans; declare a secret or create them in Terraform.";
const passwordHash = "it is slow by design and its result differs with every rendering; make the hash outside and pass it as a secret.";

/** Functions of Sprig that are refused, with the reason. */
export const refusals: Readonly<Record<string, string>> = {
  env: environment,
  expandenv: environment,
  getHostByName: network,
  genPrivateKey: keys,
  genCA: keys,
  genCAWithKey: keys,
  genSelfSignedCert: keys,
  genSelfSignedCertWithKey: keys,
  genSignedCert: keys,
  genSignedCertWithKey: keys,
  buildCustomCert: keys,
  derivePassword: keys,
  bcrypt: passwordHash,
  htpasswd: passwordHash,
};

/** What to write instead of functions that belong to Helm. */
export const strangers: Readonly<Record<string, string>> = {
  include: ' It belongs to Helm charts; here, {{template "name" .}} prints a template.',
  tpl: " It belongs to Helm charts.",
  required: " It belongs to Helm charts; here, a missing key is an error by itself, and fail stops with a message.",
  lookup: " It belongs to Helm charts.",
  toToml: " It belongs to Helm charts.",
};
