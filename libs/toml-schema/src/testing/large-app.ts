import { terraformFile } from "./write-app.ts";

/** An app of many Terraform components, each with references to earlier components and to inputs; for measuring. */
export function largeApp(input: { components: number; references: number; inputs: number }): Record<string, string> {
  const inputs = Array.from(
    { length: input.inputs },
    (_, index) => `[[input]]\nname = "i${index}"\ndisplay_name = "I"\ndescription = "I"\ngroup = "g"\n`,
  );
  const files: Record<string, string> = { "inputs.toml": `[[group]]\nname = "g"\ndescription = "G"\n${inputs.join("")}` };
  for (let index = 0; index < input.components; index++) {
    const vars = Array.from({ length: input.references }, (_, nth) => {
      const earlier = index > 0 && nth % 2 === 0;
      const path = earlier ? `components.c${(index * 7 + nth) % index}.outputs.o${nth}` : `inputs.inputs.i${(index + nth) % input.inputs}`;
      return [`v${nth}`, `x-{{ .nuon.${path} }}`];
    });
    files[`components/c${index}.toml`] = terraformFile(`c${index}`, Object.fromEntries(vars));
  }
  return files;
}
