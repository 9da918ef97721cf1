/** What the person typed, or a file they named, cannot be used. Exit code 2. */
export class InvalidInput extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InvalidInput";
  }
}
