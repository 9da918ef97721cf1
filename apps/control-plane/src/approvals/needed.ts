/** Who must approve a plan of an install. */
export type ApprovalNeeds = { twoPerson: boolean; customerApproval: boolean };
/** Who has approved it. `auto` stands for a vendor's vote that a rule has given. */
export type ApprovalVotes = { vendor: number; customer: number; auto: boolean };

export const noVotes: ApprovalVotes = { vendor: 0, customer: 0, auto: false };

/** Whose approval is still missing, in words; none where there are enough. */
export function missingVotes(needs: ApprovalNeeds, votes: ApprovalVotes): string[] {
  const missing: string[] = [];
  const wanted = needs.twoPerson ? 2 : 1;
  // A rule is nobody: it can't stand for one of two people.
  const given = needs.twoPerson ? votes.vendor : votes.vendor + (votes.auto ? 1 : 0);
  if (given < wanted)
    missing.push(needs.twoPerson ? (given === 0 ? "two people of the vendor" : "a second person of the vendor") : "the vendor");
  if (needs.customerApproval && votes.customer === 0) missing.push("the customer");
  return missing;
}
