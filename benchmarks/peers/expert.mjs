// What an expert would write on jsforce: look up everyone, and the activities that are there, with
// one IN query an object; then write collections of 200. A second run doubles nothing.
//
// node expert.mjs JOB.json parallel|composite
// `parallel` sends what is independent at the same time; `composite` sends it as one call.

import { readFileSync } from "node:fs";
import jsforce from "jsforce";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const isComposite = process.argv[3] === "composite";
const together = isComposite ? oneCall : atTheSameTime;
const connection = new jsforce.Connection({
  instanceUrl: job.url,
  accessToken: job.token,
  version: job.version,
});
const root = `/services/data/v${job.version}`;
const noAssignment = { "Sforce-Auto-Assign": "FALSE" };
const CHUNK = 200;
const MAX_LIST = 14_000;
const INDUSTRIES = { Software: "Technology" };

// -- What is written -----------------------------------------------------------------------------

function leadOf(prospect) {
  const { company, location } = prospect;
  return filled({
    FirstName: prospect.first_name,
    LastName: prospect.last_name,
    Company: company.name,
    Email: prospect.email,
    Phone: prospect.phone,
    Title: prospect.title,
    Website: company.website || company.domain,
    City: location.city,
    State: location.region,
    Country: location.country,
    NumberOfEmployees: company.employees,
    LeadSource: "Zaplify",
    Industry: INDUSTRIES[company.industry] ?? company.industry,
  });
}

function contactOf(prospect) {
  const { location } = prospect;
  return filled({
    FirstName: prospect.first_name,
    LastName: prospect.last_name,
    Email: prospect.email,
    Phone: prospect.phone,
    Title: prospect.title,
    MailingCity: location.city,
    MailingState: location.region,
    MailingCountry: location.country,
  });
}

function taskOf(touchpoint, person, owner) {
  return {
    Zaplify_Id__c: touchpoint.id,
    WhoId: person,
    Subject: `Email, step ${touchpoint.step}`,
    ActivityDate: touchpoint.sent_at.slice(0, 10),
    Status: "Completed",
    TaskSubtype: "Email",
    ...owner,
  };
}

const filled = (row) =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value != null && value !== ""));
const typed = (type, row) => ({ attributes: { type }, ...row });
const blanksOf = (found, row) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => found[name] == null));

// -- The calls -----------------------------------------------------------------------------------

const quoted = (text) => `'${text.replace(/[\\']/g, "\\$&")}'`;
const chunks = (rows, size = CHUNK) =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    rows.slice(at * size, (at + 1) * size),
  );

function query(fields, object, where) {
  const soql = `SELECT ${fields.join(",")} FROM ${object} WHERE ${where}`;
  return { method: "GET", url: `${root}/query?q=${encodeURIComponent(soql)}` };
}

// As few queries as the length of an address allows.
function queriesIn(fields, object, key, values, more = "") {
  const lists = [[]];
  let length = 0;
  for (const value of values.map(quoted)) {
    length += encodeURIComponent(value).length + 3;
    if (length > MAX_LIST) {
      lists.push([]);
      length = 0;
    }
    lists.at(-1).push(value);
  }
  return lists.map((list) => query(fields, object, `${key} IN (${list.join(",")})${more}`));
}

const collection = (method, records, size = CHUNK) =>
  chunks(records, size).map((some) => ({
    method,
    url: `${root}/composite/sobjects`,
    body: { allOrNone: false, records: some },
  }));

const send = ({ method, url, body }) =>
  connection.request({
    method,
    url,
    body: body && JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...(body && noAssignment) },
  });

// Either way returns the answers in order.
function atTheSameTime(requests) {
  return Promise.all(requests.map(send));
}

async function oneCall(requests) {
  const answers = [];
  // A composite takes five queries or collections.
  for (let at = 0; at < requests.length; at += 5) {
    const some = requests.slice(at, at + 5).map((request, number) => ({
      referenceId: `r${number}`,
      ...request,
      ...(request.body && { httpHeaders: noAssignment }),
    }));
    const body = { allOrNone: false, compositeRequest: some };
    const { compositeResponse } = await send({ method: "POST", url: `${root}/composite`, body });
    for (const { httpStatusCode, body: answer } of compositeResponse) {
      if (httpStatusCode >= 300) throw new Error(JSON.stringify(answer));
      answers.push(answer);
    }
  }
  return answers;
}

function check(answers) {
  const refused = answers.flat().find(({ success }) => !success);
  if (refused) throw new Error(JSON.stringify(refused));
  return answers.flat();
}

// -- The job -------------------------------------------------------------------------------------

const leadFields = ["Id", ...Object.keys(leadOf(job.prospects[0]))];
const contactFields = ["Id", ...Object.keys(contactOf(job.prospects[0]))];
const emails = job.prospects.map(({ email }) => email);
const touchpoints = job.touchpoints.map(({ id }) => id);
const lookups = {
  leads: queriesIn(leadFields, "Lead", "Email", emails, " AND IsConverted = false"),
  contacts: queriesIn(contactFields, "Contact", "Email", emails),
  tasks: queriesIn(["Zaplify_Id__c"], "Task", "Zaplify_Id__c", touchpoints),
  users: [query(["Id"], "User", `IsActive = true AND Email = ${quoted(job.user.email)}`)],
};
const found = await together(Object.values(lookups).flat());
const rowsOf = (answers) => answers.flatMap(({ records }) => records);
const leads = rowsOf(found.splice(0, lookups.leads.length));
const contacts = rowsOf(found.splice(0, lookups.contacts.length));
const logged = new Set(
  rowsOf(found.splice(0, lookups.tasks.length)).map((row) => row.Zaplify_Id__c),
);
const [user, ...others] = rowsOf(found);
const owner = user && !others.length ? { OwnerId: user.Id } : {};

const keyOf = (email) => email.toLowerCase();
const people = new Map([...leads, ...contacts].map((row) => [keyOf(row.Email), row]));
const isContact = new Set(contacts.map(({ Id }) => Id));
const created = [];
const changed = { Lead: [], Contact: [] };
for (const prospect of job.prospects) {
  const known = people.get(keyOf(prospect.email));
  if (!known) {
    created.push(prospect);
    continue;
  }
  const type = isContact.has(known.Id) ? "Contact" : "Lead";
  const blanks = blanksOf(known, type === "Contact" ? contactOf(prospect) : leadOf(prospect));
  if (Object.keys(blanks).length) changed[type].push(typed(type, { Id: known.Id, ...blanks }));
}
const inserts = collection(
  "POST",
  created.map((prospect) => typed("Lead", { ...leadOf(prospect), ...owner })),
);
const updates = [...changed.Lead, ...changed.Contact];
const written = check(await together([...inserts, ...collection("PATCH", updates)]));

const ids = new Map(
  job.prospects.map(({ id, email }) => [id, people.get(keyOf(email))?.Id]),
);
created.forEach(({ id }, at) => ids.set(id, written[at].id));
// Collections that are saved at the same time must not share a person, whom each would lock.
const each = job.touchpoints.length / job.prospects.length;
const size = isComposite ? CHUNK : CHUNK - (CHUNK % each);
const tasks = job.touchpoints
  .filter(({ id }) => !logged.has(id))
  .map((touchpoint) => typed("Task", taskOf(touchpoint, ids.get(touchpoint.prospect), owner)));
check(await together(collection("POST", tasks, size)));
