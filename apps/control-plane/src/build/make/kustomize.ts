import { checkDirectory } from "../../git/ref.ts";
import { checkKustomization } from "../kustomize/check-kustomization.ts";
import { makeFiles } from "./files.ts";
import type { Maker } from "./maker.ts";

/** A kustomization: the files of the repository's directory, with the kustomization somewhere in it. It is built where it is deployed, of nothing but these. */
export const makeKustomize: Maker<"kustomize"> = (input, { kind, config, component }) => {
  const path = checkDirectory(config.path);
  return makeFiles(input, {
    kind,
    config: { path },
    async check({ dir, source }) {
      const enableHelm = component.kustomize?.enableHelm ?? false;
      const count = await checkKustomization({ root: dir, path, shown: source.directory, enableHelm, signal: input.signal });
      if (count > 1) input.say(`It takes in ${count - 1} other kustomizations`);
    },
  });
};
