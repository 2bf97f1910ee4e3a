// Reads each file that is named, and prints what a handler asks first.
import { readFileSync } from "node:fs";
import { Convert } from "./context.js";

for (const path of process.argv.slice(2)) {
  const context = Convert.toRemoteExecutionContext(readFileSync(path, "utf8"));
  const message = "MessageName" in context ? context.MessageName : context.message_name;
  const table = "MessageName" in context ? context.PrimaryEntityName : context.primary_entity_name;
  console.log(`${message} ${table}`);
}
