// Reads lines of {"statement", "meant"} from standard input; meant is the list of [field, operator, literals] that the
// statement's WHERE must have, in order. Writes {"judged", "failures"}: what does not parse, or parses to something else.
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

let judged = 0;
const failures = [];
for (const line of readFileSync(0, "utf8").split("\n")) {
  const { statement, meant } = JSON.parse(line);
  judged += 1;
  try {
    const found = JSON.stringify(conditions(parseQuery(statement).where));
    if (found !== JSON.stringify(meant)) failures.push(`${statement.slice(0, 300)} means ${found.slice(0, 300)}`);
  } catch (error) {
    failures.push(`${statement.slice(0, 300)}: ${error.message.slice(0, 200)}`);
  }
}
process.stdout.write(JSON.stringify({ judged, failures: failures.slice(0, 20) }));
