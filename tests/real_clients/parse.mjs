// Reads a JSON list of SOQL queries from standard input; writes whether soql-parser-js parses each.
import { isQueryValid } from "@jetstreamapp/soql-parser-js";
import { readFileSync } from "node:fs";

const queries = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(queries.map((query) => isQueryValid(query))));
