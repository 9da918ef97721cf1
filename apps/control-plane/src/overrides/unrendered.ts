/** A text with its template actions out of the way of those who read it as YAML, and a way to put them back. */
export function withoutActions(text: string): { text: string; restore: (text: string) => string } {
  const actions: string[] = [];
  const plain = text.replaceAll(/\{\{[^]*?\}\}/g, (action) => `template_action_${actions.push(action)}_`);
  return {
    text: plain,
    restore: (made) => made.replaceAll(/template_action_(\d+)_/g, (mark, number) => actions[Number(number) - 1] ?? mark),
  };
}
