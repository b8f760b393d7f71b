// Reads lines of {"statement", "meant"} from standard input; "meant" lists the [field, operator, literals] that the
// statement's WHERE must have, in order. Writes {"checked", "failures"}: statements that do not parse, or parse differently.
import { parseQuery } from "@jetstreamapp/soql-parser-js";
import { readFileSync } from "node:fs";

function conditions(where) {
  const found = [];
  for (let at = where; at; at = at.right) {
    const { field, operator, value } = at.left;
    found.push([field, operator, Array.isArray(value) ? value : [value]]);
  }
  return found;
}

let checked = 0;
const failures = [];
for (const line of readFileSync(0, "utf8").split("\n")) {
  const { statement, meant } = JSON.parse(line);
  checked += 1;
  try {
    const found = JSON.stringify(conditions(parseQuery(statement).where));
    if (found !== JSON.stringify(meant)) failures.push(`${statement.slice(0, 300)} means ${found.slice(0, 300)}`);
  } catch (error) {
    failures.push(`${statement.slice(0, 300)}: ${error.message.slice(0, 200)}`);
  }
}
process.stdout.write(JSON.stringify({ checked, failures: failures.slice(0, 20) }));
