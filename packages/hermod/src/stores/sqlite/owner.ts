export class Owner {
  static async take(
    _file: string,
    _options: { timeout: number; wait: (ms: number) => Promise<void> },
  ): Promise<Owner> {
    return new Owner();
  }
  release(): void {}
}
