// The one contract of every long-lived part: listener, link, writer, agent.

/** Something that starts and stops. */
export interface Service {
  /** Resolves when the service does its work; rejects when it cannot. */
  start(): Promise<void>;
  /** Ends the work and releases everything; may be called twice, or before start. */
  stop(): Promise<void>;
}
