import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [
    `{{ date "2006-01-02 15:04:05 Mon Jan _2 3:04PM MST -0700 Z07:00 .000 002" now }}`,
    "2026-01-02 03:04:05 Fri Jan  2 3:04AM UTC +0000 Z .678 002",
  ],
  [`{{ dateInZone "2006-01-02 15:04 MST -07:00" now "America/New_York" }}`, "2026-01-01 22:04 EST -05:00"],
  [`{{ dateInZone "15:04 MST" now "Europe/Berlin" }}`, "04:04 CET"],
  ["{{ htmlDate now }}", "2026-01-02"],
  [`{{ htmlDateInZone now "Asia/Tokyo" }}`, "2026-01-02"],
  [`{{ date "2006" 0 }}`, "1970"],
  ["{{ unixEpoch now }}", "1767323045"],
  [`{{ dateModify "-1.5h" now }}`, "2026-01-02 01:34:05.678 +0000 UTC"],
  [`{{ duration "95" }}`, "1m35s"],
  [`{{ durationRound "2h10m5s" }}`, "2h"],
  [`{{ durationRound "2400h10m5s" }}`, "3mo"],
  [`{{ toDate "2006-01-02" "2017-12-31" }}`, "2017-12-31 00:00:00 +0000 UTC"],
  [`{{ date "02/01/2006" (toDate "2006-01-02" "2017-12-31") }}`, "31/12/2017"],
  ["{{ now.Year }}", "2026"],
  ["{{ now }}", "2026-01-02 03:04:05.678 +0000 UTC"],
  [`{{ duration "x" }}`, "0s"],
  [`{{ dateInZone "MST" now "Nowhere/Land" }}`, "UTC"],
  [`{{ date "January 2, 2006 at 3:04pm (MST)" now }}`, "January 2, 2026 at 3:04am (UTC)"],
  [`{{ date ".999 ,000 06 1 4 5" now }}`, ".678 ,678 26 1 4 5"],
  [`{{ date "2006-01-02T15:04:05Z07:00" (toDate "2006-01-02T15:04:05Z07:00" "2020-02-03T04:05:06+02:00") }}`, "2020-02-03T02:05:06Z"],
  [`{{ toDate "Jan 2 2006 3:04 PM" "Feb 3 2021 11:22 PM" }}`, "2021-02-03 23:22:00 +0000 UTC"],
  [`{{ toDate "2006-01-02T15:04:05Z07:00" "2020-02-03T04:05:06.123Z" }}`, "2020-02-03 04:05:06.123 +0000 UTC"],
  [`{{ now | date "2006" }}`, "2026"],
  [`{{ dateInZone "2006-01-02 15:04:05 -0700 MST" 1700000000 "America/Los_Angeles" }}`, "2023-11-14 14:13:20 -0800 PST"],
  [`{{ date "Mon, 02 Jan 2006 15:04:05 MST" 0 }}`, "Thu, 01 Jan 1970 00:00:00 UTC"],
  [`{{ date "3:04PM" 43200 }}`, "12:00PM"],
  [`{{ date "03 pm" 0 }}`, "12 am"],
  [`{{ date "2006-002" 86400 }}`, "1970-002"],
  ["{{ htmlDate 0 }}", "1970-01-01"],
  [`{{ durationRound "1h" }}`, "60m"],
  [`{{ durationRound "61m" }}`, "1h"],
  [`{{ durationRound "-2h5m" }}`, "2h"],
  [`{{ duration "3661" }}`, "1h1m1s"],
  [`{{ duration "-90" }}`, "-1m30s"],
  [`{{ dateModify "24h" now | htmlDate }}`, "2026-01-03"],
  [`{{ mustDateModify "1h30m" now | unixEpoch }}`, "1767328445"],
  [`{{ toDate "02.01.2006" "24.12.2025" | date "2006-01-02" }}`, "2025-12-24"],
  [`{{ toDate "15:04" "13:37" | date "15h04" }}`, "13h37"],
  [`{{ toDate "2006-01-02 15:04:05.000" "2020-01-02 03:04:05.678" | date ".000000" }}`, ".678000"],
  [`{{ toDate "Monday, 2 January 2006" "Friday, 2 January 2026" | htmlDate }}`, "2026-01-02"],
  [`{{ date "Z0700 -07" now }}`, "Z +00"],
  ["{{ now.Month }}", "January"],
  ["{{ now.Weekday }}", "Friday"],
  ["{{ now.Day }}", "2"],
  ["{{ now.Unix }}", "1767323045"],
])("dates: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  [`{{ mustToDate "2006-01-02" "nope" }}`, "invalid_value"],
  [`{{ mustDateModify "x" now }}`, "invalid_value"],
])("dates: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
