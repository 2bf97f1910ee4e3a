// Prints how many of the named files are valid, in Ajv's strict mode: node validate.mjs SCHEMA FILE...
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const [schema, ...files] = process.argv.slice(2);
const validate = new Ajv2020({ strict: true, validateFormats: false }).compile(read(schema));
console.log(files.filter((file) => validate(read(file))).length);
