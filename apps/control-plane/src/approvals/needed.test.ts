import { describe, expect, it } from "vitest";
import { missingVotes, tally, type KeptVote } from "./needed.ts";

const vote = (identity: string, more: Partial<KeptVote> = {}): KeptVote => ({
  identity,
  side: "vendor",
  decision: "approve",
  by_starter: false,
  ...more,
});
const missing = (twoPerson: boolean, customerApproval: boolean, ...votes: KeptVote[]): string[] =>
  missingVotes({ twoPerson, customerApproval }, tally(votes));

describe("the approvals of a plan", () => {
  it("are the vendor's or a rule's, unless two people are asked for: then a rule is nobody", () => {
    expect(missing(false, false)).toEqual(["the vendor"]);
    expect(missing(false, false, vote("ada"))).toEqual([]);
    expect(missing(false, false, vote("system", { decision: "auto_approve" }))).toEqual([]);
    expect(missing(true, false, vote("system", { decision: "auto_approve" }), vote("ada"))).toEqual([
      "a second person of the vendor other than who started it",
    ]);
  });

  it("count an identity once, whatever it approved with, and not who started the workflow", () => {
    expect(missing(true, false, vote("ada"), vote("ada", { decision: "approve_all" }))).toHaveLength(1);
    expect(missing(true, false, vote("ada"), vote("cid", { by_starter: true }))).toHaveLength(1);
    expect(missing(true, false, vote("ada"), vote("bob"))).toEqual([]);
  });

  it("of the customer can't be given by the vendor, nor the other way round, and a denial approves nothing", () => {
    expect(missing(false, true, vote("ada"), vote("bob"))).toEqual(["the customer"]);
    expect(missing(false, true, vote("acme", { side: "customer" }))).toEqual(["the vendor"]);
    expect(missing(false, true, vote("ada"), vote("acme", { side: "customer", decision: "deny_skip" }))).toEqual(["the customer"]);
    expect(missing(false, true, vote("ada"), vote("acme", { side: "customer" }))).toEqual([]);
  });
});
