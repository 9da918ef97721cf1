/** Every queue and what its jobs carry: ids only. A job means "look at this now"; the rows tell what there is to do. */
export type QueuePayloads = {
  "workflow-advance": { workflowId: string };
  "build-run": { buildId: string };
  "schedule-tick": { installId: string; action: string; cron: string };
  "sweep-run": Record<string, never>;
};

export type QueueName = keyof QueuePayloads;

export const queueNames: readonly QueueName[] = ["workflow-advance", "build-run", "schedule-tick", "sweep-run"];

/** One job to put on a queue. `dedupe` is its BullMQ job id while it waits: no `:` in it. */
export type QueueJob = { [N in QueueName]: { queue: N; data: QueuePayloads[N]; delayMs?: number; dedupe?: string } }[QueueName];

/** Puts a job on its queue. */
export type Enqueue = (job: QueueJob) => Promise<void>;
