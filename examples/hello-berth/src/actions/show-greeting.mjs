// Prints what visitors read now, and hands it on as outputs.
import { appendFileSync } from "node:fs";

const { URL: url, BERTH_ACTIONS_OUTPUT_FILEPATH: outputs } = process.env;
const { greeting, visits } = await (await fetch(`${url}/healthz`)).json();
console.log(`Visitors of ${url} read: ${greeting}`);
if (outputs) appendFileSync(outputs, `greeting=${greeting}\nvisits=${visits}\n`);
