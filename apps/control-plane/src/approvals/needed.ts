/** Who must approve a plan of an install. */
export type ApprovalNeeds = { twoPerson: boolean; customerApproval: boolean };

/** How many different identities have approved it. `auto` stands for a vendor's vote that a rule has given, `starter` tells that one of the vendor's is who started the workflow. */
export type ApprovalVotes = { vendor: number; starter: boolean; customer: number; auto: boolean };

export const noVotes: ApprovalVotes = { vendor: 0, starter: false, customer: 0, auto: false };

/** What somebody said to a plan, as it is kept. */
export type KeptVote = { identity: string; side: "vendor" | "customer"; decision: string; by_starter: boolean };

/** Counts the approvals among votes: an identity once, whatever it approved with and however often. */
export function tally(votes: readonly KeptVote[]): ApprovalVotes {
  const people = votes.filter(({ decision }) => decision === "approve" || decision === "approve_all");
  const of = (side: KeptVote["side"]): KeptVote[] => people.filter((vote) => vote.side === side);
  return {
    vendor: new Set(of("vendor").map(({ identity }) => identity)).size,
    starter: of("vendor").some((vote) => vote.by_starter),
    customer: new Set(of("customer").map(({ identity }) => identity)).size,
    auto: votes.some(({ decision }) => decision === "auto_approve"),
  };
}

/** Whose approval is still missing, in words; none where there are enough. */
export function missingVotes(needs: ApprovalNeeds, votes: ApprovalVotes): string[] {
  const missing: string[] = [];
  if (needs.twoPerson) {
    // A rule is nobody: it can't stand for one of two people. Nor can who started it: they would be judging themselves.
    const given = votes.vendor - (votes.starter ? 1 : 0);
    if (given === 0) missing.push("two people of the vendor other than who started it");
    else if (given === 1) missing.push("a second person of the vendor other than who started it");
  } else if (votes.vendor === 0 && !votes.auto) missing.push("the vendor");
  if (needs.customerApproval && votes.customer === 0) missing.push("the customer");
  return missing;
}
