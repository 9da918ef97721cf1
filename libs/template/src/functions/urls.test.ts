import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [
    `{{ urlParse "http://admin:secret@server.com:8080/api?list=false#anchor" }}`,
    "map[fragment:anchor host:server.com:8080 hostname:server.com opaque: path:/api query:list=false scheme:http userinfo:admin:secret]",
  ],
  [`{{ urlParse "mailto:a@b.c" }}`, "map[fragment: host: hostname: opaque:a@b.c path: query: scheme:mailto userinfo:]"],
  [`{{ urlParse "/a/b%20c?x=1" }}`, "map[fragment: host: hostname: opaque: path:/a/b c query:x=1 scheme: userinfo:]"],
  [`{{ urlParse "//h/x" }}`, "map[fragment: host:h hostname:h opaque: path:/x query: scheme: userinfo:]"],
  [`{{ urlParse "" }}`, "map[fragment: host: hostname: opaque: path: query: scheme: userinfo:]"],
  [
    `{{ urlJoin (dict "fragment" "fragment" "host" "host:80" "path" "/path" "query" "query" "scheme" "http") }}`,
    "http://host:80/path?query#fragment",
  ],
  [`{{ urlJoin (dict "host" "h" "path" "p q" "scheme" "https" "userinfo" "u:p") }}`, "https://u:p@h/p%20q"],
  [`{{ urlJoin (dict "path" "/a b") }}`, "/a%20b"],
  [`{{ urlJoin (dict "scheme" "mailto" "opaque" "x@y") }}`, "mailto:x@y"],
  [
    `{{ urlParse "https://h:8443/p/a?x=1&y=2#f" }}`,
    "map[fragment:f host:h:8443 hostname:h opaque: path:/p/a query:x=1&y=2 scheme:https userinfo:]",
  ],
  [`{{ urlParse "http://[::1]:80/" }}`, "map[fragment: host:[::1]:80 hostname:::1 opaque: path:/ query: scheme:http userinfo:]"],
  [`{{ (urlParse "https://example.com/x").host }}`, "example.com"],
  [`{{ urlJoin (urlParse "https://u:p@example.com:8443/a b?q=1#f") }}`, "https://u:p@example.com:8443/a%20b?q=1#f"],
  [`{{ urlJoin (dict "scheme" "file" "path" "/etc/x") }}`, "file:///etc/x"],
])("URLs: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  [`{{ urlParse "://x" }}`, "invalid_value"],
  [`{{ urlParse "http://h:x/" }}`, "invalid_value"],
  [`{{ urlJoin (dict "scheme" 1) }}`, "wrong_type"],
])("URLs: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
