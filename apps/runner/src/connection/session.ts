import type { ReadyMessage, RunnerMessage } from "@berth/protocol/messages";

/** A session that is on. A new connection is a new session; whoever holds an old one finds it `over`. */
export type Session = {
  ready: ReadyMessage;
  over(): boolean;
  send(message: RunnerMessage): void;
  /** Sends a log frame; `sent` is called when the socket has taken it. */
  sendFrame(frame: Buffer, sent: () => void): void;
  /** Bytes that wait in the socket. */
  backlog(): number;
};
