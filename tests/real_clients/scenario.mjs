// What jsforce does against an org, step by step. Arguments: a JSON object with url, code, verifier, clientId, redirectUri.
// Writes one JSON object: each step's result, or {"failed": {errorCode, message}} where it was refused.
import jsforce from "jsforce";

const given = JSON.parse(process.argv[2]);
const results = {};

async function step(name, run) {
  try {
    results[name] = await run();
  } catch (error) {
    results[name] = { failed: { errorCode: error.errorCode ?? error.name, message: error.message } };
  }
}

const oauth2 = new jsforce.OAuth2({
  loginUrl: given.url,
  clientId: given.clientId,
  clientSecret: "s3cret",
  redirectUri: given.redirectUri,
});
oauth2.codeVerifier = given.verifier;
const connection = new jsforce.Connection({ oauth2, version: "68.0", maxRequest: 5 });
const lead = { LastName: "Okafor", Company: "Brightwell Ltd", Email: "ngozi@brightwell.example" };
let id;

await step("login", async () => {
  const user = await connection.authorize(given.code);
  return { user: user.id, org: user.organizationId, instance: connection.instanceUrl };
});
await step("identity", async () => (await connection.identity()).username);
await step("refresh", async () => {
  const before = connection.accessToken;
  connection.accessToken = "00D000000000000!dead";
  const found = await connection.query("SELECT Id FROM Lead");
  return { again: connection.accessToken !== before, rows: found.totalSize };
});
await step("global", async () => (await connection.describeGlobal()).sobjects.map((object) => object.name));
await step("describe", async () => {
  const described = await connection.sobject("Lead").describe();
  return described.fields.filter((field) => field.externalId).map((field) => field.name);
});
await step("create", async () => {
  const made = await connection.sobject("Lead").create(lead);
  id = made.id;
  return made;
});
await step("retrieve", async () => (await connection.sobject("Lead").retrieve(id)).Company);
await step("update", async () => connection.sobject("Lead").update({ Id: id, Title: "Head" }));
await step("upsert", async () => {
  const row = { Zaplify_Id__c: "k1", LastName: "Adeyemi", Company: "Brightwell Ltd" };
  const first = await connection.sobject("Lead").upsert(row, "Zaplify_Id__c");
  const second = await connection.sobject("Lead").upsert({ Zaplify_Id__c: "k1", Title: "x" }, "Zaplify_Id__c");
  return [first.created, second.created, first.id === second.id];
});
await step("createMany", async () => {
  const rows = [...Array(5).keys()].map((n) => ({ LastName: `Many ${n}`, Company: "Many Ltd" }));
  rows[2] = { LastName: "No company" };
  const made = await connection.sobject("Lead").create(rows, { allOrNone: false });
  return made.map((one) => (one.success ? "ok" : one.errors[0].statusCode));
});
await step("find", async () =>
  (await connection.sobject("Lead").find({ Email: "ngozi@brightwell.example" }, ["Id", "Title"])).map((row) => row.Title));
await step("paging", async () => {
  const rows = [];
  const query = connection.query("SELECT Id FROM Lead WHERE Company = 'Many Ltd'");
  await new Promise((resolve, reject) => {
    query.on("record", (row) => rows.push(row.Id)).on("end", resolve).on("error", reject);
    query.run({ autoFetch: true, maxFetch: 100 });
  });
  return rows.length;
});
await step("composite", async () => {
  const answer = await connection.requestPost("/services/data/v68.0/composite", {
    allOrNone: false,
    collateSubrequests: false,
    compositeRequest: [
      { method: "POST", referenceId: "acc", url: "/services/data/v68.0/sobjects/Account", body: { Name: "Acme" } },
      { method: "POST", referenceId: "con", url: "/services/data/v68.0/sobjects/Contact",
        body: { LastName: "Okafor", AccountId: "@{acc.id}" } },
    ],
  });
  return answer.compositeResponse.map((one) => one.httpStatusCode);
});
await step("refused", async () => connection.sobject("Lead").create({ LastName: "x" }));
await step("badQuery", async () => connection.query("SELECT Nope FROM Lead"));
await step("limits", async () => {
  const limits = await connection.limits();
  return { max: limits.DailyApiRequests.Max, header: connection.limitInfo.apiUsage.limit };
});
await step("destroy", async () => connection.sobject("Lead").destroy(id));
await step("gone", async () => connection.sobject("Lead").retrieve(id));

process.stdout.write(JSON.stringify(results));
process.exit(0);
