import { checkTerraformModule } from "../check-terraform.ts";
import { makeFiles } from "./files.ts";
import type { Maker } from "./maker.ts";

/** A Terraform root module: the files of its directory. */
export const makeTerraform: Maker<"terraform_module"> = (input, { kind, config }) =>
  makeFiles(input, { kind, config, check: ({ dir, source }) => checkTerraformModule(dir, source) });
