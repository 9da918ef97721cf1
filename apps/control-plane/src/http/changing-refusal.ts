import { AppError } from "@berth/kit/errors";

/** A refusal that has changed something all the same, and whose transaction is to be committed. A verb throws it outside of its `transact`. */
export class ChangingRefusal extends AppError {}
