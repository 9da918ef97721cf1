import { TemplateError } from "@berth/template/errors";
import { compile } from "@berth/template/template";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { standIn } from "../installs/stand-in.ts";
import { renderSensitive } from "./render-sensitive.ts";
import { createRenderer } from "./render-text.ts";

const now = new Date(0);
const secret = { password: "corr3ct-horse", creds: '{"user":"root","pass":"staple-9"}', port: 5432 };
const plain = { region: "eu-north-1", hosts: ["a.example", "b.example"] };
const over = (secrets: unknown): object => ({ ...plain, ...(secrets as object) });
const sensitive = (text: string) => renderSensitive(compile(text), { data: over(secret), standIns: over(standIn(secret)), now });

describe("a template that is rendered with sensitive values", () => {
  it("tells what it makes of them, whatever that is, and nothing else", () => {
    expect(sensitive("{{ .password | b64enc }} in {{ .region }}")).toEqual({
      text: "Y29ycjNjdC1ob3JzZQ== in eu-north-1",
      derived: ["Y29ycjNjdC1ob3JzZQ=="],
    });
    expect(sensitive("{{ (fromJson .creds).pass | upper }}@{{ index .hosts 0 }}").derived).toEqual(["STAPLE-9"]);
    expect(sensitive("{{ $p := .password | trunc 6 }}{{ range .hosts }}{{ . }}:{{ $p }} {{ end }}").derived).toEqual(["corr3c"]);
    expect(sensitive('{{ printf "pg://u:%s@%v" .password .port }}').derived).toEqual(["pg://u:corr3ct-horse@5432"]);
    const cyrillic = { password: "пароль" };
    expect(
      renderSensitive(compile("{{ .password | upper | trunc 4 }}"), { data: cyrillic, standIns: standIn(cyrillic), now }).derived,
    ).toHaveLength(1);
    expect(sensitive("{{ if .password }}{{ .region }}{{ end }} {{ len .hosts }} {{ not .password }}").derived).toEqual([]);
  });

  it("is thought to print secrets where it can't be known better", () => {
    // The key is the secret itself: nothing stands under another one.
    const keyed = { key: "left", map: { left: "one-of-two", right: "two-of-two" } };
    const { derived } = renderSensitive(compile("{{ .region }} {{ get .map .key }} {{ .region }}"), {
      data: { ...plain, ...keyed },
      standIns: { ...plain, ...keyed, key: standIn(keyed.key) },
      now,
    });
    expect(derived).toEqual(["one-of-two"]);
  });

  it("fails without quoting them", () => {
    const failed = (text: string): TemplateError => {
      try {
        sensitive(text);
      } catch (error) {
        if (error instanceof TemplateError) return error;
      }
      throw new Error(`${text} does not fail`);
    };
    expect(failed('{{ fail (printf "got %s" .password) }}').message).toMatch(/sensitive/);
    expect(failed("{{ fail .region }}").message).toContain("eu-north-1");
    expect(failed("{{ .nothing }}").message).toContain("nothing");
    for (const text of [
      "{{ fromJson .password }}",
      "{{ .password | semver }}",
      "{{ index .hosts .password }}",
      '{{ mustToDate "2006" .password }}',
    ]) {
      try {
        sensitive(text);
      } catch (error) {
        expect(String(error)).not.toContain("corr3ct");
      }
    }
  });

  it("gives away no piece of a secret that is not told, for any secret", () => {
    const functions = ["b64enc", "upper", "quote", "sha256sum", "trunc 5", "toJson", "urlquery", "nospace", 'replace "a" "b"'];
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 40 }), fc.constantFrom(...functions), (value, name) => {
        const { text, derived } = renderSensitive(compile(`{{ .s | ${name} }}`), {
          data: { s: value },
          standIns: { s: standIn(value) },
          now,
        });
        // Signs alone may be the same of any secret.
        return !/[a-z0-9]/i.test(text) || /^(true|false|null)$/i.test(text) || derived.includes(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the texts of a job", () => {
  it("add what they make of sensitive values to what is kept out of logs, and refuse without quoting them", () => {
    const renderer = createRenderer({
      where: "component:web (components/web.toml)",
      tree: over(secret) as Record<string, unknown>,
      sensitive: { standIns: over(standIn(secret)) as Record<string, unknown>, texts: ["corr3ct-horse"] },
      now,
    });
    expect(renderer.text("{{ .nuon.password | b64enc }}", "a")).toBe("Y29ycjNjdC1ob3JzZQ==");
    // A secret decides whether it is printed; everybody knows it all the same.
    expect(renderer.text('{{ if eq .nuon.password "corr3ct-horse" }}{{ .nuon.region }}{{ end }}', "b")).toBe("eu-north-1");
    expect(renderer.derived()).toEqual(["Y29ycjNjdC1ob3JzZQ=="]);
    expect(renderer.hide("corr3ct-horse or Y29ycjNjdC1ob3JzZQ==")).toBe("[redacted] or [redacted]");
    renderer.refuse("namespace", '"corr3ct-horse" is no name of a namespace');
    expect(renderer.failure()?.detail).toBe('namespace of component:web (components/web.toml): "[redacted]" is no name of a namespace');
  });
});
