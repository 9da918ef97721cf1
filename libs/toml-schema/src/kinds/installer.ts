import { z } from "zod";
import type { AppConfig } from "../app-config.ts";
import { name, text, textList } from "./field.ts";
import { defineKind } from "./kind.ts";

const url = (what: string) => text(`The address of ${what}.`).optional();

const schema = z.looseObject({
  name: name("The installer's name.", ["Acme Analytics"]).optional(),
  description: text("What people read first.").optional(),
  slug: text("Its name in addresses.", { examples: ["acme-analytics"] }).optional(),
  apps: textList("The apps it offers.").optional(),
  documentation_url: url("the documentation"),
  community_url: url("the community"),
  homepage_url: url("the home page"),
  github_url: url("the source"),
  logo_url: url("the logo"),
  favicon_url: url("the icon"),
  og_image_url: url("the preview image"),
  demo_url: url("a demo"),
  post_install_markdown: text("Shown after the install.").optional(),
  copyright_markdown: text("The copyright line.").optional(),
  footer_markdown: text("The footer.").optional(),
});

export const installer = defineKind({
  type: "installer",
  title: "Installer",
  description: "A hosted page from which customers install. Kept for old apps.",
  location: "installer.toml",
  schema,
  example: `# installer
name        = "Acme Analytics"
description = "Install Acme Analytics into your cloud"
apps        = ["analytics"]
`,
});

export function normaliseInstaller(raw: z.output<typeof schema>, file: string): AppConfig["installer"] {
  return {
    file,
    name: raw.name,
    description: raw.description,
    slug: raw.slug,
    apps: raw.apps ?? [],
    documentationUrl: raw.documentation_url,
    communityUrl: raw.community_url,
    homepageUrl: raw.homepage_url,
    githubUrl: raw.github_url,
    logoUrl: raw.logo_url,
    faviconUrl: raw.favicon_url,
    ogImageUrl: raw.og_image_url,
    demoUrl: raw.demo_url,
    postInstallMarkdown: raw.post_install_markdown,
    copyrightMarkdown: raw.copyright_markdown,
    footerMarkdown: raw.footer_markdown,
  };
}
